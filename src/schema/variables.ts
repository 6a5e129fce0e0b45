/** A variable of the environment that Podkeeper reads. */
export interface Variable {
  /** What holds without it. */
  whenLeftOut: string;
  /** What it says, for the docs and the commands' help. */
  description: string;
}

/** Podkeeper's own variables. Where Temporal is, is read from Temporal's; a provider's key from the provider's. */
export const VARIABLES = {
  PODKEEPER_DEPLOYMENT: { whenLeftOut: '–', description: 'Which installation of Podkeeper is meant.' },
  PODKEEPER_CONFIG: {
    whenLeftOut: '`podkeeper.yaml`, where there is one',
    description: 'Path of the configuration file.',
  },
  PODKEEPER_CODEC_MODULE: {
    whenLeftOut: '–',
    description: "A module with the application's payload codec, for commands and `podkeeper worker`.",
  },
  PODKEEPER_TOKEN_SECRET: {
    whenLeftOut: '–',
    description: 'What the tokens and signed URLs of pods with `auth` are derived from.',
  },
  PODKEEPER_HOME: {
    whenLeftOut: '`~/.podkeeper`',
    description: "State of `podkeeper dev`: Temporal's database and log, and its local pods.",
  },
  PODKEEPER_LOCAL_DIRECTORY: {
    whenLeftOut: '`~/.podkeeper/local`',
    description: 'Local pods: output, records, working directories.',
  },
  PODKEEPER_CACHE: {
    whenLeftOut: '`~/.cache/podkeeper` (`$XDG_CACHE_HOME/podkeeper`, on macOS `~/Library/Caches/podkeeper`)',
    description: "Where Temporal's servers are kept.",
  },
  PODKEEPER_TEMPORAL_CLI: { whenLeftOut: '–', description: 'Path of a Temporal CLI to use for the dev server.' },
  PODKEEPER_TEMPORAL_TEST_SERVER: { whenLeftOut: '–', description: 'Path of a time-skipping test server.' },
} as const satisfies Record<string, Variable>;
