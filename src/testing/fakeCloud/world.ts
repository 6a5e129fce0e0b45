import type { SimulatedCloud, SimulatorClock } from '../../simulator';
import type { LogBook } from './logBook';
import type { FakeCloudSettings } from './options';
import type { Reply } from './reply';
import type { PodChanges } from './v2/configuration';
import type { WireOperation } from './wire/faults';

/** What all routes of one fake cloud share. */
export interface World {
  readonly cloud: SimulatedCloud;
  readonly clock: SimulatorClock;
  readonly settings: FakeCloudSettings;
  readonly logs: LogBook;
  /** By pod: what was changed after its create. */
  readonly changes: Map<string, PodChanges>;
  /** By job: what the simulated cloud doesn't keep of it. */
  readonly jobs: Map<string, JobPapers>;
  /** Aborts when the fake cloud closes or is reset. */
  signal: AbortSignal;
}

/** What the wire knows of a job. */
export interface JobPapers {
  endpoint: string;
  /** The id of the simulated cloud's job behind it; another after a retry. */
  jobId: string;
  isSync: boolean;
  /** ms since 1970. */
  submittedAt: number;
  /** How long it may run, ms. */
  timeoutMs: number;
  /** How long anybody hears of it, ms from its submission. */
  timeToLiveMs: number;
  /** How many chunks of its stream have been given out. */
  chunksRead: number;
}

/** A request as routes see it. */
export interface Call {
  readonly method: string;
  readonly query: URLSearchParams;
  /** What the groups of the route's pattern caught, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As text; empty for none. */
  readonly body: string;
  /** The key that it came with, for the simulated cloud. */
  readonly credential: string;
}

/** One path of an API and what it does. */
export interface Route {
  method: string;
  /** Of the whole path below the API's prefix. */
  path: RegExp;
  /** `null`: only `any` and a pattern mean it. */
  operation: WireOperation | ((request: { query: URLSearchParams; body: string }) => WireOperation | null);
  /** What a body may have, in bytes. Default 100 KB. */
  mostBytes?: number;
  handle: (call: Call, world: World) => Promise<Reply>;
}

/** One of the vendor's APIs. */
export interface Api {
  /** How its errors look. */
  errorForm: 'problem' | 'plain';
  routes: readonly Route[];
  /** What a failure of the simulated cloud is in its words; `null` for no answer at all. */
  failure: (error: unknown) => Reply | null;
  /** Answers in place of all routes. */
  instead?: () => Reply;
}
