import { PodkeeperError } from '../../model';
import type { PortRequest } from '../../model';
import type { SimulatedCloudOptions, SimulatorClock } from '../../simulator';
import type { FakeKey } from './access';
import type { RateQuotas } from './rateLimits';

/** RunPod's APIs in a fake cloud: REST v1, REST v2, and the serverless job API. */
export const FAKE_APIS = ['v1', 'v2', 'jobs'] as const;
/** One of {@link FAKE_APIS}. */
export type FakeApi = (typeof FAKE_APIS)[number];

/** Options of {@link startFakeCloud}. All have a default. */
export interface FakeCloudOptions {
  /** Port of the REST APIs on 127.0.0.1. Default: 0, a free one. */
  port?: number;
  /** Port of the job API, which has its own host. Default: 0, a free one. */
  jobsPort?: number;
  /** The APIs to serve. Default: all three. */
  api?: FakeApi | readonly FakeApi[];
  /** The valid API keys. Ledger and call records name them `key-1`, `key-2`, …. Change them later with `cloud.revoke` and `cloud.setCredential`. Default: one, `fake-runpod-key`. */
  keys?: readonly (string | FakeKey)[];
  /** The cloud's clock. Default: this machine's. */
  clock?: SimulatorClock;
  /** Options of the simulated cloud, except those set by `clock`, `keys`, `endpoints` and `terminatedVisibleMs`. */
  simulator?: Omit<SimulatedCloudOptions, 'clock' | 'credentials' | 'endpoints' | 'endedShownMs'>;
  /** Rate limits per key; further requests get 429. Default: no limits, and no headers about them. */
  rateLimits?: RateQuotas;
  /** Maximum number of pods per page of REST v2's list, whatever the caller's `limit`; `null`: no pages, as in older builds. Default: 100. */
  pageSize?: number | null;
  /** Time from RUNNING until the pod's host reports, ms of the cloud's clock. `runtime` and its public ports are null until then. Default: 2,000. */
  runtimeAfterMs?: number;
  /** How long an ended pod is shown as TERMINATED, ms of the cloud's clock. Then it isn't listed, and reads get 404. Default: 0. */
  terminatedVisibleMs?: number;
  /** Whether REST v1 answers 410, as announced from 2026-11-15 on. Default: `false`. */
  v1Gone?: boolean;
  /** The real address of a pod's port, so that probes reach it; return `undefined` for ports without a server. Default: no port has one. */
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

/** Validates the options and fills in the defaults. @throws PodkeeperError `validation`, naming the option */
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
  if (keys.length === 0) throw refused('keys', 'must have at least one key, since every call without one gets 401');
  return keys.map((given, index) => {
    const key = typeof given === 'string' ? { key: given } : given;
    if (!/^\S+$/.test(key.key)) throw refused(`keys[${index}]`, 'must be a text without whitespace');
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
  throw refused(option, 'must be a port, or 0 for a free one');
}

function refused(path: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `fake cloud: ${path} ${message}`, { details: [{ path, message }] });
}
