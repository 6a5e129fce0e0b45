/** How a simulated call can fail. */
export const FAILURE_CODES = [
  /** The credential isn't valid. */
  'unauthorized',
  /** The credential is valid, and may not do this. */
  'forbidden',
  /** There is no such pod or job, or the cloud says so. */
  'not_found',
  /** Nothing of what was asked for is in stock. */
  'no_capacity',
  /** The account may not have more. */
  'quota',
  /** Too many calls. */
  'rate_limited',
  /** The request makes no sense, for instance an unknown GPU. */
  'invalid',
  /** Not now: the pod is on its way to another state. */
  'busy',
  /** Not in this state. */
  'conflict',
  /** The cloud broke down; it doesn't say what it has done. */
  'internal',
  /** No answer came. */
  'no_answer',
] as const;

/** One of {@link FAILURE_CODES}. */
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Why a call of the simulated cloud failed. */
export class SimulatedFailure extends Error {
  /** What the answer says. */
  readonly code: FailureCode;
  /** Whether the call had its effect, or still will: what the cloud knows and its answer may not tell. */
  readonly executed: boolean;
  /** How long the caller is to wait, in ms, where the answer says so. */
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
