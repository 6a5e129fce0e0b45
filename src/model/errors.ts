/**
 * The closed set of error kinds. The last five are specific to renting: they tell apart what must not be confused if no money is to be
 * lost. In a Temporal failure, the kind is the failure's `type`.
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

/** Tells whether a value, for example a Temporal failure's `type`, is an error kind. */
export function isErrorKind(value: unknown): value is ErrorKind {
  return typeof value === 'string' && (ERROR_KINDS as readonly string[]).includes(value);
}

/** Optional facts of a {@link PodkeeperError}. */
export interface PodkeeperErrorOptions {
  /** The name of the provider that answered, for example `runpod`. */
  provider?: string;
  /** The HTTP status of the answer. */
  status?: number;
  /** How long the provider asked us to wait, ms. */
  retryAfterMs?: number;
  /**
   * For a failed create: `true` when it is certain that nothing was created, because the provider said so or no byte was sent. Default
   * `false`: the outcome is unknown and has to be looked up.
   */
  refused?: boolean;
  /** Facts for programs, for example the paths of the invalid fields. Never a secret, never a raw reply. */
  details?: unknown;
  /** The underlying error. Never one that holds a secret or a raw reply. */
  cause?: unknown;
}

const BRAND = Symbol.for('podkeeper.error');

/** The one error class of Podkeeper's API. Branch on `kind`; the message is for people. */
export class PodkeeperError extends Error {
  /** The error's kind, to branch on. */
  readonly kind: ErrorKind;
  /** The name of the provider that answered; `undefined` where none was asked. */
  readonly provider: string | undefined;
  /** The HTTP status of the answer; `undefined` where there was none. */
  readonly status: number | undefined;
  /**
   * How long the provider asked us to wait, ms, unchecked: it may be years, so limit it before you wait. `undefined` where it didn't ask.
   */
  readonly retryAfterMs: number | undefined;
  /** For a failed create: `true` when it is certain that nothing was created. `false` otherwise. */
  readonly refused: boolean;
  /** Facts for programs, for example `{ path, message }` of each invalid field. */
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
    // Not `instanceof`: the class may exist twice, in bundles, jest realms or two installed copies.
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Recognises a {@link PodkeeperError} from any realm or copy of the package. */
export function isPodkeeperError(error: unknown): error is PodkeeperError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
