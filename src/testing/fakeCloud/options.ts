import { PodkeeperError } from '../../model';
import type { PortRequest } from '../../model';
import type { SimulatedCloudOptions, SimulatorClock } from '../../simulator';
import type { FakeKey } from './access';
import type { RateQuotas } from './rateLimits';

/** The vendor's APIs that a fake cloud can speak: REST v2, its forerunner v1, and the serverless jobs. */
export const FAKE_APIS = ['v1', 'v2', 'jobs'] as const;
/** One of {@link FAKE_APIS}. */
export type FakeApi = (typeof FAKE_APIS)[number];

/** What {@link startFakeCloud} is told. All of it has a default. */
export interface FakeCloudOptions {
  /** Of the REST APIs, on 127.0.0.1. Default 0: any that is free. */
  port?: number;
  /** Of the job API, which has a host of its own. Default 0. */
  jobsPort?: number;
  /** Which APIs are there. Default: all three. */
  api?: FakeApi | readonly FakeApi[];
  /** The valid API keys; the ledger and the calls name them `key-1`, `key-2`, …. `cloud.revoke` and `cloud.setCredential` change later which are valid. Default: one, `fake-runpod-key`. */
  keys?: readonly (string | FakeKey)[];
  /** The cloud's clock. Default: this machine's. */
  clock?: SimulatorClock;
  /** Of the cloud behind the wire: seed, market, latencies, boot time, scripts, faults, jobs. What is given here by `clock`, `keys`, `endpoints` and `terminatedVisibleMs` it isn't told again. */
  simulator?: Omit<SimulatedCloudOptions, 'clock' | 'credentials' | 'endpoints' | 'endedShownMs'>;
  /** What each key may ask for; one that asks more gets 429. Default: no limits, and no headers about them. */
  rateLimits?: RateQuotas;
  /** How many pods a page of REST v2's list has at most, whatever the caller's `limit`; `null`: no pages at all, as in older builds. Default 100. */
  pageSize?: number | null;
  /** How long a pod is RUNNING before its host has reported (`runtime` is null until then, and so are its public ports), ms of the cloud's clock. Default 2,000. */
  runtimeAfterMs?: number;
  /** How long a pod that has ended is still shown, as TERMINATED; then it is out of the list and answered with 404. ms of the cloud's clock. Default 0. */
  terminatedVisibleMs?: number;
  /** Makes REST v1 answer 410, as was announced from 2026-11-15. Default `false`. */
  v1Gone?: boolean;
  /** Where a port of a pod is really served, so that probes reach it; `undefined` for ports that nobody serves. */
  endpoints?: (pod: { id: string; name: string }, port: PortRequest) => { host: string; port: number } | undefined;
}

/** Options with their defaults. */
export interface FakeCloudSettings extends Required<
  Omit<FakeCloudOptions, 'api' | 'keys' | 'clock' | 'simulator' | 'endpoints'>
> {
  apis: ReadonlySet<FakeApi>;
  keys: readonly (FakeKey & { name: string })[];
  simulator: NonNullable<FakeCloudOptions['simulator']>;
  endpoints: NonNullable<FakeCloudOptions['endpoints']>;
}

/** @throws PodkeeperError `validation`, naming the option */
export function settingsOf(options: FakeCloudOptions): FakeCloudSettings {
  const { port = 0, jobsPort = 0, pageSize = 100, runtimeAfterMs = 2_000, terminatedVisibleMs = 0 } = options;
  requirePort('port', port);
  requirePort('jobsPort', jobsPort);
  if (pageSize !== null && !(Number.isSafeInteger(pageSize) && pageSize >= 1 && pageSize <= 1_000)) {
    throw refused('pageSize', 'must be a whole number, 1 to 1000, or null');
  }
  if (!(runtimeAfterMs >= 0)) throw refused('runtimeAfterMs', 'must be a number of ms, 0 or more');
  if (!(terminatedVisibleMs >= 0)) throw refused('terminatedVisibleMs', 'must be a number of ms, 0 or more');
  return {
    port,
    jobsPort,
    pageSize,
    runtimeAfterMs,
    terminatedVisibleMs,
    rateLimits: quotasOf(options.rateLimits ?? {}),
    v1Gone: options.v1Gone ?? false,
    apis: apisOf(options.api ?? FAKE_APIS),
    keys: keysOf(options.keys ?? ['fake-runpod-key']),
    simulator: { diskHourlyPrice: 0.01, ...options.simulator },
    endpoints: options.endpoints ?? (() => undefined),
  };
}

function apisOf(api: FakeApi | readonly FakeApi[]): ReadonlySet<FakeApi> {
  const apis = typeof api === 'string' ? [api] : api;
  if (apis.length === 0 || apis.some((name) => !FAKE_APIS.includes(name))) {
    throw refused('api', `must be one or several of ${FAKE_APIS.join(', ')}`);
  }
  return new Set(apis);
}

function keysOf(keys: readonly (string | FakeKey)[]): (FakeKey & { name: string })[] {
  if (keys.length === 0)
    throw refused('keys', 'must have at least one key: without it every call is answered with 401');
  return keys.map((given, index) => {
    const key = typeof given === 'string' ? { key: given } : given;
    if (!/^\S+$/.test(key.key)) throw refused(`keys[${index}]`, 'must be a text without white space');
    return { ...key, name: `key-${index + 1}` };
  });
}

function quotasOf(quotas: RateQuotas): RateQuotas {
  for (const [window, quota] of Object.entries(quotas)) {
    if (!['minute', 'hour', 'day'].includes(window))
      throw refused(`rateLimits.${window}`, 'must be minute, hour or day');
    if (!(Number.isSafeInteger(quota) && quota >= 0))
      throw refused(`rateLimits.${window}`, 'must be a whole number, 0 or more');
  }
  return quotas;
}

function requirePort(option: string, port: number): void {
  if (Number.isSafeInteger(port) && port >= 0 && port <= 65_535) return;
  throw refused(option, 'must be a port, or 0 for any that is free');
}

function refused(path: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `fake cloud: ${path} ${message}`, { details: [{ path, message }] });
}
