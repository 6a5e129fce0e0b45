/** A serverless job to submit. */
export interface SimulatedJobRequest {
  /** The endpoint's name: any, or one of the cloud's option `jobEndpoints`. */
  endpoint: string;
  /** Plain data. */
  input: unknown;
  /** Time limit, ms, after which it is `timed_out`. Default: none. */
  timeoutMs?: number;
}

/** Identifies a job: its id is unique only within its endpoint. */
export interface SimulatedJobReference {
  /** The name of its endpoint. */
  endpoint: string;
  /** The job's id. */
  id: string;
}

/** A job at one point in time; frozen. */
export interface SimulatedJob extends Readonly<SimulatedJobReference> {
  /** The current state. */
  readonly state: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out';
  /** The input of the job. */
  readonly input: unknown;
  /** The output; `null` until it has completed. */
  readonly output: unknown;
  /** The parts of the output so far. */
  readonly chunks: readonly unknown[];
  /** Why it failed; `null` unless it failed. */
  readonly error: string | null;
  /** Time of submission, ms since 1970. */
  readonly submittedAt: number;
  /** Time of the start, ms since 1970; `null` until it has started. */
  readonly startedAt: number | null;
  /** Time of the end, ms since 1970; `null` until it has ended. */
  readonly endedAt: number | null;
}

/**
 * Runs a job and returns its output. A generator yields parts, which together are the output. If it throws, the job fails.
 *
 * Called once per job, when it starts.
 */
export type JobHandler = (input: unknown, job: Readonly<SimulatedJobReference>) => unknown;

/** Counts of an endpoint's jobs. */
export interface SimulatedEndpointHealth {
  /** Waiting jobs. */
  readonly queued: number;
  /** Running jobs. */
  readonly running: number;
  /** Completed jobs. */
  readonly completed: number;
  /** Jobs that failed or timed out. */
  readonly failed: number;
}
