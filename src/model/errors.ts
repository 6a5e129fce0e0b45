/**
 * The closed set of error kinds. The first ten are the kinds of the ExAtlas SDK; the last five name what
 * a launcher has to tell apart to spend no money by mistake. As a Temporal failure the kind is the failure's `type`.
 */
export const ERROR_KINDS = [
  'unauthorized',
  'forbidden',
  'not_found',
  'rate_limited',
  'timeout',
  'unsupported',
  'validation',
  'provider',
  'transport',
  'unknown',
  'no_capacity',
  'quota',
  'conflict',
  'price_above_cap',
  'outcome_unknown',
] as const;

/** One of {@link ERROR_KINDS}. */
export type ErrorKind = (typeof ERROR_KINDS)[number];

/** Tells whether a string, for instance a Temporal failure's `type`, is one of our kinds. */
export function isErrorKind(value: unknown): value is ErrorKind {
  return typeof value === 'string' && (ERROR_KINDS as readonly string[]).includes(value);
}

/** What a {@link PodkeeperError} can carry beside its kind and message. */
export interface PodkeeperErrorOptions {
  /** The provider that answered, by its name, for instance `runpod`. */
  provider?: string;
  /** The HTTP status of the answer, where there was one. */
  status?: number;
  /** How long the provider asked us to wait, in ms. */
  retryAfterMs?: number;
  /**
   * Only for a failed create: `true` when it is sure that nothing was created, either because the provider
   * said so or because no byte was sent. Default `false`: the outcome is unknown and has to be looked up.
   */
  refused?: boolean;
  /** Facts for a program, for instance the paths of the invalid fields. Never a secret, never a raw reply. */
  details?: unknown;
  /** The error below. Never one that holds a secret or a raw reply. */
  cause?: unknown;
}

const BRAND = Symbol.for('podkeeper.error');

/** The one error class of Podkeeper's API. Branch on `kind`; the message is for people. */
export class PodkeeperError extends Error {
  /** What to branch on. */
  readonly kind: ErrorKind;
  /** The provider that answered, by its name; `undefined` where none was asked. */
  readonly provider: string | undefined;
  /** The HTTP status of the answer; `undefined` where there was none. */
  readonly status: number | undefined;
  /** How long the provider asked us to wait, in ms, as it said it: it may be years, so limit it before you wait. `undefined` where it didn't. */
  readonly retryAfterMs: number | undefined;
  /** Only of a failed create: `true` when it is sure that nothing was created. Else `false`. */
  readonly refused: boolean;
  /** Facts for a program, for instance `{ path, message }` of each invalid field. */
  readonly details: unknown;

  constructor(kind: ErrorKind, message: string, options: PodkeeperErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PodkeeperError';
    this.kind = kind;
    this.provider = options.provider;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.refused = options.refused ?? false;
    this.details = options.details;
    // Not `instanceof`: the class exists twice where a bundle, a jest realm or two installed copies meet.
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Recognises a {@link PodkeeperError} across realms and copies of the package. */
export function isPodkeeperError(error: unknown): error is PodkeeperError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
