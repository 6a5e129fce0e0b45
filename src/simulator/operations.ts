import type { FailureCode } from './failure';
import type { Fault } from './faults';

/** The calls of a simulated cloud. */
export const OPERATIONS = [
  'create',
  'get',
  'list',
  'stop',
  'start',
  'terminate',
  'submitJob',
  'getJob',
  'cancelJob',
  'streamJob',
  'purgeJobs',
  'endpointHealth',
  'gpuTypes',
] as const;

/** One of {@link OPERATIONS}. */
export type Operation = (typeof OPERATIONS)[number];

/** Options of a call. */
export interface CallOptions {
  /** The caller's credential. Default: none. */
  credential?: string;
  /** Aborts the call. Its effect so far stays. */
  signal?: AbortSignal;
  /** Called synchronously right before the call arrives and can have an effect. If it throws, the call doesn't arrive, and the error passes unchanged. */
  beforeSend?: () => void;
}

/** A call that arrived at the cloud; frozen. */
export interface CallRecord {
  /** 1, 2, … in the order of arrival. */
  readonly number: number;
  /** The operation. */
  readonly operation: Operation;
  /** Time of arrival, ms since 1970. */
  readonly at: number;
  /** The subject: a pod's id, the pod's name for a create, `<endpoint>/<id>` or the endpoint for jobs; otherwise `null`. */
  readonly subject: string | null;
  /** The credential's name; `null` for a call without one. */
  readonly credential: string | null;
  /** The faults that applied. */
  readonly faults: readonly Fault['kind'][];
  /** Whether it had its effect, or will have it. */
  readonly executed: boolean;
  /** The outcome; `null` until it is answered. */
  readonly outcome: 'ok' | FailureCode | null;
}
