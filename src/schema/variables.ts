/** An environment variable that Podkeeper reads. */
export interface Variable {
  /** What applies without it. */
  whenLeftOut: string;
  /** For the docs and the commands' help. */
  description: string;
}

/** Podkeeper's own variables. Temporal's and the providers' have their own names. */
export const VARIABLES = {
  PODKEEPER_DEPLOYMENT: { whenLeftOut: '–', description: 'Name of the installation of Podkeeper.' },
  PODKEEPER_CONFIG: {
    whenLeftOut: '`podkeeper.yaml`, if it exists',
    description: 'Path of the configuration file.',
  },
  PODKEEPER_CODEC_MODULE: {
    whenLeftOut: '–',
    description: "Path of a module with the application's payload codec, for commands and `podkeeper worker`.",
  },
  PODKEEPER_TOKEN_SECRET: {
    whenLeftOut: '–',
    description: 'Secret from which the tokens and signed URLs of pods with `auth` are derived.',
  },
  PODKEEPER_HOME: {
    whenLeftOut: '`~/.podkeeper`',
    description: "Directory of `podkeeper dev`: Temporal's database and log, and its local pods.",
  },
  PODKEEPER_LOCAL_DIRECTORY: {
    whenLeftOut: '`~/.podkeeper/local`',
    description: 'Directory of local pods: output, records, working directories.',
  },
  PODKEEPER_CACHE: {
    whenLeftOut: '`~/.cache/podkeeper` (`$XDG_CACHE_HOME/podkeeper`, on macOS `~/Library/Caches/podkeeper`)',
    description: "Directory of Temporal's servers.",
  },
  PODKEEPER_TEMPORAL_CLI: { whenLeftOut: '–', description: 'Path of the Temporal CLI that runs the dev server.' },
  PODKEEPER_TEMPORAL_TEST_SERVER: { whenLeftOut: '–', description: 'Path of the time-skipping test server.' },
} as const satisfies Record<string, Variable>;
