import { checkFields, checkFunction, checkNumber, checkText, checkWord, listOf, refuse } from './checks';
import { realClock } from './clock';
import type { SimulatorClock } from './clock';
import type { NamedCredential } from './credentials';
import { OTHER_GPU_PRICE, defaultCpuMarket, defaultMarket } from './defaultMarket';
import { checkFault } from './faultChecks';
import type { Fault } from './faults';
import type { JobHandler } from './jobs';
import type { MarketGpu, MarketOffer } from './market';
import { OPERATIONS } from './operations';
import type { Operation } from './operations';
import type { EndpointOf } from './pod';
import { checkScript } from './script';
import type { PodScript } from './script';

/** Options of a simulated cloud. */
export interface SimulatedCloudOptions {
  /** The clock. Default: {@link realClock}. */
  clock?: SimulatorClock;
  /** Seed for ids, latencies and random faults, an integer. Default: 1. */
  seed?: number;
  /** Prefix of pod ids; may be empty. Default: `pod`. */
  idPrefix?: string;
  /** The GPUs on offer. Default: every GPU of Podkeeper's catalogue, in three regions, with unlimited stock. */
  market?: readonly MarketGpu[];
  /** The offers of CPU pods. Default: in the same regions, for 0.05 USD per hour. */
  cpuMarket?: readonly MarketOffer[];
  /**
   * The price of GPUs that the market doesn't list, USD per hour. With a price, regions that aren't listed also offer all GPUs. `null` refuses both as
   * `invalid`. Default: 1, or `null` if `market` is given.
   */
  unlistedHourlyPrice?: number | null;
  /** The price of a stopped, exited or failed pod, USD per hour. Default: 0.01. */
  diskHourlyPrice?: number;
  /** How long a pod is `creating` before it is `provisioning`, ms. Default: 0. */
  creatingMs?: number;
  /** Time from a pod's creation until it is `running`, ms. Default: 0. */
  runningAfterMs?: number;
  /** How long a stop takes, ms. Default: 0. */
  stoppingMs?: number;
  /** How long a restart takes, ms. Default: 0. */
  startingMs?: number;
  /** How long a terminate takes, ms. Default: 0. */
  terminatingMs?: number;
  /** How long `get` and `list` show an ended pod, ms. Default: `Infinity`. */
  endedShownMs?: number;
  /** By how much `list` lags, ms. Default: 0. */
  listLagMs?: number;
  /** How long a call takes, ms: half of it before its effect, half after. Default: 0. */
  latencyMs?: number | Partial<Record<Operation, number>>;
  /** Random variation of latencies, as a share of them, 0 to 1. Default: 0. */
  latencyJitter?: number;
  /** Rate limit, calls per minute. Further calls are refused as `rate_limited`, with the rest of the minute as `retryAfterMs`. Default: `null`, no limit. */
  callsPerMinute?: number | null;
  /** The valid credentials, optionally with a name for records and ledger. Default: no call needs one. */
  credentials?: readonly (string | NamedCredential)[];
  /** The endpoints of pods' ports. Default: `<id>-<port>.mock.invalid`, which can't be resolved (RFC 6761). */
  endpoints?: EndpointOf;
  /** Initial scripts, also after each reset. */
  scripts?: readonly PodScript[];
  /** Initial faults, also after each reset. */
  faults?: readonly Fault[];
  /** Runs jobs. Default: the output is `{ echo: input }`. */
  jobs?: JobHandler;
  /** How long jobs wait and run, ms. Default: they complete when they are read. */
  jobTimes?: { queuedMs: number; runningMs: number };
  /** The existing endpoints. Default: any name exists. */
  jobEndpoints?: readonly string[];
}

/** Options with all defaults filled in. */
export type CompleteOptions = Required<
  Omit<SimulatedCloudOptions, 'clock' | 'credentials' | 'endpoints' | 'jobTimes' | 'jobEndpoints'>
> &
  Pick<SimulatedCloudOptions, 'credentials' | 'endpoints' | 'jobTimes' | 'jobEndpoints'> & { clock: SimulatorClock };

/** Validates the options and fills in the defaults. @throws PodkeeperError `validation`, naming the option */
export function completeOptions(options: SimulatedCloudOptions): CompleteOptions {
  checkOptions(options);
  const { market, cpuMarket, credentials, endpoints, jobTimes, jobEndpoints, ...rest } = options;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    clock: realClock(),
    seed: 1,
    idPrefix: 'pod',
    market: market ?? defaultMarket(),
    cpuMarket: cpuMarket ?? defaultCpuMarket(),
    unlistedHourlyPrice: market === undefined ? OTHER_GPU_PRICE : null,
    diskHourlyPrice: 0.01,
    creatingMs: 0,
    runningAfterMs: 0,
    stoppingMs: 0,
    startingMs: 0,
    terminatingMs: 0,
    endedShownMs: Infinity,
    listLagMs: 0,
    latencyMs: 0,
    latencyJitter: 0,
    callsPerMinute: null,
    scripts: [],
    faults: [],
    jobs: (input) => ({ echo: input }),
    ...given,
    credentials,
    endpoints,
    jobTimes,
    jobEndpoints,
  };
}

/** The names of all options. */
export const CLOUD_OPTIONS: { readonly [Name in keyof Required<SimulatedCloudOptions>]: true } = {
  clock: true,
  seed: true,
  idPrefix: true,
  market: true,
  cpuMarket: true,
  unlistedHourlyPrice: true,
  diskHourlyPrice: true,
  creatingMs: true,
  runningAfterMs: true,
  stoppingMs: true,
  startingMs: true,
  terminatingMs: true,
  endedShownMs: true,
  listLagMs: true,
  latencyMs: true,
  latencyJitter: true,
  callsPerMinute: true,
  credentials: true,
  endpoints: true,
  scripts: true,
  faults: true,
  jobs: true,
  jobTimes: true,
  jobEndpoints: true,
};

const DURATIONS = ['creatingMs', 'runningAfterMs', 'stoppingMs', 'startingMs', 'terminatingMs', 'listLagMs'] as const;

function checkOptions(options: SimulatedCloudOptions): void {
  checkFields('', options, Object.keys(CLOUD_OPTIONS));
  const { clock, seed, idPrefix, market, cpuMarket, unlistedHourlyPrice, latencyMs, jobTimes } = options;
  for (const method of ['now', 'sleep'] as const) {
    if (clock !== undefined) checkFunction(`clock.${method}`, clock?.[method] ?? null);
  }
  checkNumber('seed', seed, { least: -Infinity, whole: true });
  if (idPrefix !== undefined && !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$/.test(idPrefix)) {
    refuse('idPrefix', 'must be lowercase letters and digits, with single hyphens between them');
  }
  for (const [index, gpu] of listOf('market', market).entries()) checkGpu(`market[${index}]`, gpu);
  checkOffers('cpuMarket', cpuMarket);
  if (unlistedHourlyPrice !== null) checkNumber('unlistedHourlyPrice', unlistedHourlyPrice);
  checkNumber('diskHourlyPrice', options.diskHourlyPrice);
  for (const field of DURATIONS) checkNumber(field, options[field]);
  checkNumber('endedShownMs', options.endedShownMs, { infinite: true });
  checkLatency(latencyMs);
  checkNumber('latencyJitter', options.latencyJitter, { most: 1 });
  if (options.callsPerMinute !== null) checkNumber('callsPerMinute', options.callsPerMinute, { least: 1, whole: true });
  for (const [index, item] of listOf('credentials', options.credentials).entries()) {
    const { name, key } = typeof item === 'string' ? { name: item, key: item } : namedOf(`credentials[${index}]`, item);
    checkText(`credentials[${index}]`, key ?? null);
    checkText(`credentials[${index}].name`, name ?? null);
  }
  for (const [index, item] of listOf('jobEndpoints', options.jobEndpoints).entries()) {
    checkText(`jobEndpoints[${index}]`, item ?? null);
  }
  checkFunction('endpoints', options.endpoints);
  checkFunction('jobs', options.jobs);
  for (const [index, script] of listOf('scripts', options.scripts).entries()) {
    checkScript(script as PodScript, `scripts[${index}]`);
  }
  for (const [index, fault] of listOf('faults', options.faults).entries())
    checkFault(fault as Fault, `faults[${index}]`);
  if (jobTimes === undefined) return;
  checkFields('jobTimes', jobTimes, ['queuedMs', 'runningMs']);
  checkNumber('jobTimes.queuedMs', jobTimes.queuedMs ?? null);
  checkNumber('jobTimes.runningMs', jobTimes.runningMs ?? null);
}

function namedOf(path: string, item: unknown): { name?: unknown; key?: unknown } {
  checkFields(path, item, ['name', 'key']);
  return item as { name?: unknown; key?: unknown };
}

function checkLatency(latencyMs: SimulatedCloudOptions['latencyMs']): void {
  if (latencyMs === undefined || typeof latencyMs === 'number') return checkNumber('latencyMs', latencyMs);
  checkFields('latencyMs', latencyMs, OPERATIONS);
  for (const [operation, ms] of Object.entries(latencyMs)) checkNumber(`latencyMs.${operation}`, ms);
}

function checkGpu(path: string, gpu: unknown): void {
  checkFields(path, gpu, ['id', 'displayName', 'memoryGiB', 'offers']);
  const { id, displayName, memoryGiB, offers } = gpu as { [Field in keyof MarketGpu]?: unknown };
  checkText(`${path}.id`, id ?? null);
  checkText(`${path}.displayName`, displayName);
  checkNumber(`${path}.memoryGiB`, memoryGiB);
  checkOffers(`${path}.offers`, offers ?? null);
}

function checkOffers(path: string, offers: unknown): void {
  for (const [index, offer] of listOf(path, offers).entries()) {
    const at = `${path}[${index}]`;
    checkFields(at, offer, ['region', 'spot', 'cloudType', 'hourlyPrice', 'stock']);
    const { region, spot, cloudType, hourlyPrice, stock } = offer as { [Field in keyof MarketOffer]?: unknown };
    checkText(`${at}.region`, region ?? null);
    if (spot !== undefined && typeof spot !== 'boolean') refuse(`${at}.spot`, 'must be true or false');
    checkWord(`${at}.cloudType`, cloudType, ['secure', 'community']);
    checkNumber(`${at}.hourlyPrice`, hourlyPrice ?? null);
    checkNumber(`${at}.stock`, stock, { whole: true, infinite: true });
  }
}
