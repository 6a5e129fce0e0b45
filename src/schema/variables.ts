/** An environment variable that Podkeeper reads. */
export interface Variable {
  /** What applies without it. */
  whenLeftOut: string;
  /** For the docs and the commands' help. */
  description: string;
}

/** Podkeeper's own variables. Temporal's and the providers' have their own names. */
export const VARIABLES = {
  PODKEEPER_DEPLOYMENT: { whenLeftOut: '–', description: 'The deployment.' },
  PODKEEPER_CONFIG: {
    whenLeftOut: '`podkeeper.yaml`, if it exists',
    description: 'The configuration file.',
  },
  PODKEEPER_CODEC_MODULE: {
    whenLeftOut: '–',
    description: "Module with the application's payload codec.",
  },
  PODKEEPER_TOKEN_SECRET: {
    whenLeftOut: '–',
    description: 'Secret behind the tokens and signed URLs of pods.',
  },
  PODKEEPER_HOME: {
    whenLeftOut: '`~/.podkeeper`',
    description: 'Directory of `podkeeper dev` and its local pods.',
  },
  PODKEEPER_LOCAL_DIRECTORY: {
    whenLeftOut: '`~/.podkeeper/local`',
    description: 'Directory of local pods.',
  },
  PODKEEPER_CACHE: {
    whenLeftOut: '`podkeeper` in `$XDG_CACHE_HOME`, `~/.cache` or, on macOS, `~/Library/Caches`',
    description: "Directory of Temporal's servers.",
  },
  PODKEEPER_TEMPORAL_CLI: { whenLeftOut: '–', description: 'The Temporal CLI that runs the dev server.' },
  PODKEEPER_TEMPORAL_TEST_SERVER: { whenLeftOut: '–', description: 'The time-skipping test server.' },
} as const satisfies Record<string, Variable>;
