import type { FailureCode } from './failure';
import type { Fault } from './faults';

/** The calls that a simulated cloud takes. */
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

/** What a caller gives with a call. */
export interface CallOptions {
  /** The caller's key. Default: none. */
  credential?: string;
  /** Gives the call up; what it has done by then stays done. */
  signal?: AbortSignal;
  /** Called synchronously right before the call arrives, and may have its effect. What it throws goes through as it is, and nothing arrived. */
  beforeSend?: () => void;
}

/** A call that arrived at the cloud; frozen. */
export interface CallRecord {
  /** 1, 2, … in the order of arrival. */
  readonly number: number;
  /** Which call. */
  readonly operation: Operation;
  /** When it arrived, ms since 1970. */
  readonly at: number;
  /** What it was about: a pod's id, for a create the pod's name, for jobs `<endpoint>/<id>` or the endpoint; else `null`. */
  readonly subject: string | null;
  /** By its name, where it has one; `null` for a call without any. */
  readonly credential: string | null;
  /** The faults that it met. */
  readonly faults: readonly Fault['kind'][];
  /** Whether it had its effect, or still will. */
  readonly executed: boolean;
  /** `null` while no answer has been given. */
  readonly outcome: 'ok' | FailureCode | null;
}
