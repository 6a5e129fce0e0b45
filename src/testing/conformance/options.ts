import type { Capability, PodRequest, Provider } from '../../providers/contract';

/** What {@link providerConformance} is told of a provider and of the fake cloud behind it. */
export interface ConformanceOptions {
  /**
   * Makes the provider; called once when the suite is declared, to read its capabilities (`baseUrl` leads nowhere then), and anew for each
   * test. Must not call the cloud. Under jest a provider that lives in real processes is best made from compiled code.
   */
  provider: (access: ConformanceAccess) => Provider;
  /** Makes the cloud as new; called before each test. */
  reset?: () => void | Promise<void>;
  /** What the cloud was told of a pod, asked past the provider: proves that variables arrive. `undefined` as long as it isn't known. */
  inspect: (id: string) => InspectedPod | undefined | Promise<InspectedPod | undefined>;
  /** What to rent here. Default: an `h100` (a CPU pod without the capability `gpu`) with an image, a command and a port as the capabilities allow. Names are the suite's own. */
  request?: Partial<PodRequest>;
  /** For a provider that speaks HTTP: the suite puts a proxy of its own in between and makes the wire fail. */
  http?: ConformanceHttp;
  /** For a provider in process: makes its cloud fail. A check whose hook is missing is skipped, and says so. */
  faults?: ConformanceFaults;
  /**
   * How late the list of the cloud under test may be, in ms; of a fake mostly 0. Default: the provider's `listLagMs`, else 0. Waited for only as long as
   * needed: a list that is right answers at once, one that is wrong after the lag and 5 s.
   */
  listLagMs?: number;
  /** Values that may appear in no error and no result: the API key above all. The suite adds the secrets that it makes itself. */
  secrets?: readonly string[];
  /** Moves the clock of the fake cloud by so many ms. Default: real waiting. */
  advance?: (ms: number) => void | Promise<void>;
  /** Of the serverless jobs. */
  jobs?: ConformanceJobs;
  /** An id of the right form that no pod has. Default `podkeeper0unknown0pod`. */
  unknownId?: string;
  /** How many pods are made at once. Default 20. */
  concurrency?: number;
  /** How long the suite waits for what has to come, in ms, before it calls it missing. Default 20,000. */
  patienceMs?: number;
  /** The heading of the tests. Default `conformance of the provider <name>`. */
  title?: string;
  /** Of the test framework: `node:test` or `vitest`, imported as a whole. Default: `describe` and `test` of the global object (jest). */
  runner?: ConformanceRunner;
}

/** Where a provider under test finds its cloud. */
export interface ConformanceAccess {
  /** `null` for a provider without `http`. */
  baseUrl: string | null;
  /** Where `http.jobsUpstream` is reached; without it the same as `baseUrl`. */
  jobsUrl: string | null;
}

/** A pod as its cloud knows it. */
export interface InspectedPod {
  /** All variables that the pod's command finds; more than were asked for is no fault. */
  env: Readonly<Record<string, string>>;
}

/** How the fake cloud speaks HTTP. */
export interface ConformanceHttp {
  /** Its base URL; called for each test. A path in it is kept. */
  upstream: () => string | Promise<string>;
  /** Base URL of its job API, where that is another host. */
  jobsUpstream?: () => string | Promise<string>;
  /** Which request of a `spawn` creates. Default: the one that isn't GET. */
  isCreate?: (request: { method: string; path: string }) => boolean;
  /** How many pods a page of its list holds. Without it the checks on pages are skipped. */
  pageSize?: number;
  /** Which fields of a pod's JSON hold its status. Default: those whose name ends in `status` or `state`. */
  statusField?: RegExp;
  /** The cloud's own form of an error reply. Default: JSON with `error`, `message`, `title`, `detail` and `status`. */
  errorBody?: (status: number, message: string) => { contentType: string; body: string };
}

/** What goes wrong at the next call, and at no later one. */
export interface ConformanceFaults {
  /** A create makes its pod, and no answer comes: the call ends with its signal, or as a timeout at once. */
  createExecutedThenNoAnswer?: () => void | Promise<void>;
  /** A create makes its pod and answers with an error of the cloud. */
  createExecutedThenError?: () => void | Promise<void>;
  /** A create can't reach the cloud. */
  createNotSent?: () => void | Promise<void>;
  /** A create is refused: too many requests, to be tried again after so many ms. */
  createRateLimited?: (retryAfterMs: number) => void | Promise<void>;
  /** A create is refused: the credential isn't valid. */
  createUnauthorized?: () => void | Promise<void>;
  /** A terminate fails, and nothing ends. */
  terminateFails?: (how: 'no_answer' | 'error' | 'forbidden' | 'busy') => void | Promise<void>;
  /** A list fails. */
  listFails?: (how: FailedRead) => void | Promise<void>;
  /** A get fails. */
  getFails?: (how: FailedRead) => void | Promise<void>;
  /** From now on the cloud says a word that nobody knows for the status of this pod. */
  unknownStatus?: (id: string) => void | Promise<void>;
}

/** How a read fails. */
export type FailedRead = 'no_answer' | 'error' | 'unauthorized' | 'forbidden' | 'rate_limited';

/** Where and what to submit as a job. */
export interface ConformanceJobs {
  /** Default `podkeeper-endpoint`. */
  endpoint?: string;
  /** An input that completes. Default `{ prompt: 'hello' }`. */
  input?: unknown;
  /** An input that is still being worked on when the suite cancels it. Default: `input`. */
  longInput?: unknown;
  /** An id of the right form that no job has. Default `podkeeper0unknown0job`. */
  unknownId?: string;
}

/** The part of a test framework that the suite needs. jest's globals, `node:test` and vitest all have it. */
export interface ConformanceRunner {
  /** Groups tests under a heading. */
  describe: (name: string, declare: () => void) => unknown;
  /** Declares a test. */
  test: ConformanceTest;
}

/** How a test framework is told of a test. */
export interface ConformanceTest {
  /** A test that runs. */
  (name: string, run: () => Promise<void>, timeoutMs?: number): unknown;
  /** A test that is named, and doesn't run. */
  skip: (name: string, run: () => Promise<void>) => unknown;
}

/** One thing that is demanded of every provider. */
export interface ConformanceCheck {
  /** Kebab case, stable: what a table of planted bugs names. */
  id: string;
  /** What it is about. */
  group: ConformanceGroup;
  /** What it demands, in one sentence. The test is called `<id>: <demands>`. */
  demands: string;
  /** Skipped where the provider lacks one of these. */
  needs: readonly Capability[];
  /** `http`: skipped for a provider in process. A hook's name: a provider in process needs that hook of `faults`. */
  wire: 'http' | keyof ConformanceFaults | null;
}

/** What a check is about; the headings of the tests. */
export type ConformanceGroup =
  'identity' | 'pods' | 'lists' | 'create' | 'ends' | 'errors' | 'jobs' | 'catalogue' | 'logs' | 'secrets' | 'bounds';
