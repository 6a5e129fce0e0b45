import type { Capability, PodRequest, Provider } from '../../providers/contract';

/** Options of {@link providerConformance}: the provider, and the fake cloud behind it. */
export interface ConformanceOptions {
  /**
   * Creates the provider. Called once when the suite is declared, to read its capabilities (with a `baseUrl` that can't be reached), and again for each
   * test. Must not call the cloud. Under jest, use compiled code for a provider that starts real processes.
   */
  provider: (access: ConformanceAccess) => Provider;
  /** Resets the cloud to its initial state. Called before each test. Default: nothing. */
  reset?: () => void | Promise<void>;
  /** Reads a pod directly from the cloud, not through the provider, to check that environment variables arrive. Return `undefined` until the pod is known. */
  inspect: (id: string) => InspectedPod | undefined | Promise<InspectedPod | undefined>;
  /** Fields of the requests. The suite sets the names. Default: an `h100` (without the capability `gpu`: a CPU pod), with an image, a command and a port if the capabilities allow them. */
  request?: Partial<PodRequest>;
  /** For a provider that uses HTTP: the suite puts its own proxy in between, to inject faults. */
  http?: ConformanceHttp;
  /** For a provider in this process: hooks that make its cloud fail. Checks without their hook are skipped, with the reason. */
  faults?: ConformanceFaults;
  /**
   * The list lag of the cloud under test, ms; usually 0 for a fake. Default: the provider's `listLagMs`, or 0. The suite waits only as long as needed. A wrong
   * list fails after the lag and 5 s.
   */
  listLagMs?: number;
  /** Values that must not appear in any error or result, such as the API key. The suite adds its own secrets. Default: none. */
  secrets?: readonly string[];
  /** Moves the fake cloud's clock by `ms`. Default: the suite waits in real time. */
  advance?: (ms: number) => void | Promise<void>;
  /** Settings for serverless jobs. */
  jobs?: ConformanceJobs;
  /** A valid id that no pod has. Default: `podkeeper0unknown0pod`. */
  unknownId?: string;
  /** Number of pods that are created concurrently. Default: 20. */
  concurrency?: number;
  /** How long the suite waits for an expected event before the test fails, ms. Default: 20,000. */
  patienceMs?: number;
  /** The heading of the tests. Default: `conformance of the provider <name>`. */
  title?: string;
  /** The test framework: `node:test` or `vitest`, imported as a namespace. Default: the global `describe` and `test` (jest). */
  runner?: ConformanceRunner;
}

/** The addresses of the cloud under test. */
export interface ConformanceAccess {
  /** The base URL; `null` without the option `http`. */
  baseUrl: string | null;
  /** The URL for `http.jobsUpstream`; without that, the same as `baseUrl`. */
  jobsUrl: string | null;
}

/** A pod, read directly from its cloud. */
export interface InspectedPod {
  /** All environment variables of the pod's command. May include more than requested. */
  env: Readonly<Record<string, string>>;
}

/** The fake cloud's HTTP API. */
export interface ConformanceHttp {
  /** Returns the base URL, which may have a path. Called for each test. */
  upstream: () => string | Promise<string>;
  /** Returns the base URL of its job API, if that is another host. */
  jobsUpstream?: () => string | Promise<string>;
  /** Whether a request of `spawn` is the create. Default: any request that isn't GET. */
  isCreate?: (request: { method: string; path: string }) => boolean;
  /** Pods per page of its list. Without it, the checks on pages are skipped. */
  pageSize?: number;
  /** The fields of a pod's JSON that contain its status. Default: those whose name ends in `status` or `state`. */
  statusField?: RegExp;
  /** Makes an error reply in the cloud's own form. Default: JSON with `error`, `message`, `title`, `detail` and `status`. */
  errorBody?: (status: number, message: string) => { contentType: string; body: string };
}

/** Hooks that make the next call fail, and no later one. */
export interface ConformanceFaults {
  /** A create makes its pod but gets no answer: the call hangs until its signal aborts, or fails as a timeout at once. */
  createExecutedThenNoAnswer?: () => void | Promise<void>;
  /** A create makes its pod but answers with an error of the cloud. */
  createExecutedThenError?: () => void | Promise<void>;
  /** A create can't reach the cloud. */
  createNotSent?: () => void | Promise<void>;
  /** A create is refused because of too many requests, to be retried after `retryAfterMs`, ms. */
  createRateLimited?: (retryAfterMs: number) => void | Promise<void>;
  /** A create is refused because of an invalid credential. */
  createUnauthorized?: () => void | Promise<void>;
  /** A terminate fails without effect. */
  terminateFails?: (how: 'no_answer' | 'error' | 'forbidden' | 'busy') => void | Promise<void>;
  /** A list fails. */
  listFails?: (how: FailedRead) => void | Promise<void>;
  /** A get fails. */
  getFails?: (how: FailedRead) => void | Promise<void>;
  /** From now on, the cloud shows an unknown status for this pod. */
  unknownStatus?: (id: string) => void | Promise<void>;
}

/** How a read fails. */
export type FailedRead = 'no_answer' | 'error' | 'unauthorized' | 'forbidden' | 'rate_limited';

/** Settings for serverless jobs. */
export interface ConformanceJobs {
  /** The endpoint's id. Default: `podkeeper-endpoint`. */
  endpoint?: string;
  /** An input for a job that completes. Default: `{ prompt: 'hello' }`. */
  input?: unknown;
  /** An input for a job that still runs when the suite cancels it. Default: `input`. */
  longInput?: unknown;
  /** A valid id that no job has. Default: `podkeeper0unknown0job`. */
  unknownId?: string;
}

/** The part of a test framework that the suite uses. jest's globals, `node:test` and vitest have it. */
export interface ConformanceRunner {
  /** Groups tests under a heading. */
  describe: (name: string, declare: () => void) => unknown;
  /** Declares a test. */
  test: ConformanceTest;
}

/** A test framework's function that declares tests. */
export interface ConformanceTest {
  /** Declares a test. */
  (name: string, run: () => Promise<void>, timeoutMs?: number): unknown;
  /** Declares a skipped test. */
  skip: (name: string, run: () => Promise<void>) => unknown;
}

/** One check of the suite. */
export interface ConformanceCheck {
  /** A stable id in kebab case, for tables of planted bugs. */
  id: string;
  /** The group of checks it belongs to. */
  group: ConformanceGroup;
  /** The requirement, in one sentence. The test is named `<id>: <demands>`. */
  demands: string;
  /** The capabilities it needs. Without one of them it is skipped. */
  needs: readonly Capability[];
  /** `http`: skipped without the option `http`. A hook's name: without the option `http`, it needs that hook of `faults`. */
  wire: 'http' | keyof ConformanceFaults | null;
}

/** The groups of checks, which are also the headings of the tests. */
export type ConformanceGroup =
  'identity' | 'pods' | 'lists' | 'create' | 'ends' | 'errors' | 'jobs' | 'catalogue' | 'logs' | 'secrets' | 'bounds';
