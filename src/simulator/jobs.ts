/** A serverless job to submit. */
export interface SimulatedJobRequest {
  endpoint: string;
  /** Plain data. */
  input: unknown;
  /** How long it may run, in ms, before it is `timed_out`. Default: as long as it takes. */
  timeoutMs?: number;
}

/** A job's address: its id is unique only within its endpoint. */
export interface SimulatedJobReference {
  endpoint: string;
  id: string;
}

/** A job at one moment; frozen. */
export interface SimulatedJob extends Readonly<SimulatedJobReference> {
  readonly state: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out';
  readonly input: unknown;
  /** `null` until it has completed. */
  readonly output: unknown;
  /** What it has yielded by now. */
  readonly chunks: readonly unknown[];
  /** Why it failed. */
  readonly error: string | null;
  /** ms since 1970. */
  readonly submittedAt: number;
  readonly startedAt: number | null;
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
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
}
