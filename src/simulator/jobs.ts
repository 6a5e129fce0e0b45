/** A serverless job to submit. */
export interface SimulatedJobRequest {
  /** Any name, unless the option `jobEndpoints` of the cloud lists those that are there. */
  endpoint: string;
  /** Plain data. */
  input: unknown;
  /** How long it may run, in ms, before it is `timed_out`. Default: as long as it takes. */
  timeoutMs?: number;
}

/** A job's address: its id is unique only within its endpoint. */
export interface SimulatedJobReference {
  /** The name of its endpoint. */
  endpoint: string;
  /** The job's. */
  id: string;
}

/** A job at one moment; frozen. */
export interface SimulatedJob extends Readonly<SimulatedJobReference> {
  /** Where it is in its life. */
  readonly state: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out';
  /** What it was given. */
  readonly input: unknown;
  /** `null` until it has completed. */
  readonly output: unknown;
  /** What it has yielded by now. */
  readonly chunks: readonly unknown[];
  /** Why it failed. */
  readonly error: string | null;
  /** ms since 1970. */
  readonly submittedAt: number;
  /** ms since 1970; `null` until it has started. */
  readonly startedAt: number | null;
  /** ms since 1970; `null` until it has ended. */
  readonly endedAt: number | null;
}

/**
 * What a job does: answers its output; a generator yields its parts, which together are the output. What it throws fails the job.
 *
 * Called once for each job, when it starts.
 */
export type JobHandler = (input: unknown, job: Readonly<SimulatedJobReference>) => unknown;

/** How the jobs of an endpoint stand. */
export interface SimulatedEndpointHealth {
  /** Jobs that wait. */
  readonly queued: number;
  /** Jobs that run. */
  readonly running: number;
  /** Jobs that came to an output. */
  readonly completed: number;
  /** Jobs that failed or timed out. */
  readonly failed: number;
}
