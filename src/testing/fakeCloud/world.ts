import type { SimulatedCloud, SimulatorClock } from '../../simulator';
import type { LogBook } from './logBook';
import type { FakeCloudSettings } from './options';
import type { Reply } from './reply';
import type { PodChanges } from './v2/configuration';
import type { WireOperation } from './wire/faults';

/** The state that all routes of a fake cloud share. */
export interface World {
  readonly cloud: SimulatedCloud;
  readonly clock: SimulatorClock;
  readonly settings: FakeCloudSettings;
  readonly logs: LogBook;
  /** By pod: changes after its create. */
  readonly changes: Map<string, PodChanges>;
  /** By job: facts that the simulated cloud doesn't have. */
  readonly jobs: Map<string, JobFacts>;
  /** Aborts when the fake cloud closes or is reset. */
  signal: AbortSignal;
}

/** The API's facts about a job. */
export interface JobFacts {
  endpoint: string;
  /** The id of its job in the simulated cloud; a new one after a retry. */
  jobId: string;
  isSync: boolean;
  /** Time of submission, ms since 1970. */
  submittedAt: number;
  /** Time limit, ms. */
  timeoutMs: number;
  /** How long it is kept, ms from its submission. */
  timeToLiveMs: number;
  /** Number of chunks that were delivered. */
  chunksRead: number;
}

/** A request, as passed to a route. */
export interface Call {
  readonly method: string;
  readonly query: URLSearchParams;
  /** The decoded groups of the route's pattern. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as text; empty for none. */
  readonly body: string;
  /** Its key, for the simulated cloud. */
  readonly credential: string;
}

/** One path of an API. */
export interface Route {
  method: string;
  /** Matches the whole path below the API's prefix. */
  path: RegExp;
  /** The operation for wire faults; `null`: only `any` and patterns match it. */
  operation: WireOperation | ((request: { query: URLSearchParams; body: string }) => WireOperation | null);
  /** Maximum body size, bytes. Default: 100 KB. */
  maxBytes?: number;
  handle: (call: Call, world: World) => Promise<Reply>;
}

/** One of RunPod's APIs. */
export interface Api {
  /** The form of its errors. */
  errorForm: 'problem' | 'plain';
  routes: readonly Route[];
  /** Converts a failure of the simulated cloud to a reply; `null` for no answer. */
  failure: (error: unknown) => Reply | null;
  /** Answers instead of all routes. */
  instead?: () => Reply;
}
