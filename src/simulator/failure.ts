/** The failure codes of simulated calls. */
export const FAILURE_CODES = [
  /** The credential isn't valid. */
  'unauthorized',
  /** The credential is valid, but doesn't have the permission. */
  'forbidden',
  /** There is no such pod or job, or the cloud says so. */
  'not_found',
  /** The requested hardware is out of stock. */
  'no_capacity',
  /** The account's quota is used up. */
  'quota',
  /** Too many calls. */
  'rate_limited',
  /** The request is invalid, for instance because of an unknown GPU. */
  'invalid',
  /** Not possible now: the pod is changing its state. */
  'busy',
  /** Not possible in this state. */
  'conflict',
  /** The cloud failed. Whether the call had an effect is unknown to the caller. */
  'internal',
  /** The call got no answer. */
  'no_answer',
] as const;

/** One of {@link FAILURE_CODES}. */
export type FailureCode = (typeof FAILURE_CODES)[number];

/** The error of a failed call. */
export class SimulatedFailure extends Error {
  /** The code in the answer. */
  readonly code: FailureCode;
  /** Whether the call had its effect, or will have it. Known to tests, but not to a real caller. */
  readonly executed: boolean;
  /** How long the answer asks the caller to wait, ms; `null` if it doesn't. */
  readonly retryAfterMs: number | null;

  constructor(
    code: FailureCode,
    message: string,
    { executed = false, retryAfterMs = null }: { executed?: boolean; retryAfterMs?: number | null } = {},
  ) {
    super(message);
    this.name = 'SimulatedFailure';
    this.code = code;
    this.executed = executed;
    this.retryAfterMs = retryAfterMs;
  }
}
