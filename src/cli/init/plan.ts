/** What `podkeeper init` was told, by options, answers or defaults. */
export interface InitPlan {
  /** 1–8 of a-z and 0-9. */
  deployment: string;
  provider: InitProvider;
  /** A line for a shell; `null` runs the example server, or with an image what the image runs. */
  command: string | null;
  /** The container image; only at a cloud. */
  image: string | null;
  /** The port that it listens on, with HTTP; `null` for none. */
  port: number | null;
}

/** Providers for which there is something to begin with. */
export const INIT_PROVIDERS = ['local', 'runpod'] as const;
export type InitProvider = (typeof INIT_PROVIDERS)[number];

/** The port that is asked for where nothing else is said. */
export const EXAMPLE_PORT = 8_000;
/** An image that listens there and answers; small, and public. */
export const EXAMPLE_IMAGE = 'python:3.12-slim';
