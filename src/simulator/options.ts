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

/** What a simulated cloud is like. */
export interface SimulatedCloudOptions {
  /** Default: {@link realClock}. */
  clock?: SimulatorClock;
  /** An integer: what ids, latencies and random faults come from. Default 1. */
  seed?: number;
  /** What ids of pods begin with; may be empty. Default `pod`. */
  idPrefix?: string;
  /** All that is sold. Default: every GPU of Podkeeper's catalogue, in a few regions, without limit. */
  market?: readonly MarketGpu[];
  /** Where CPU pods are sold. Default: as the GPUs, for 0.05 USD per hour. */
  cpuMarket?: readonly MarketOffer[];
  /**
   * For how much GPUs are sold that the market doesn't list, USD per hour; with it, regions that it doesn't list have all GPUs, too.
   * `null` refuses both as `invalid`. Default: 1, and `null` where `market` is given.
   */
  unlistedHourlyPrice?: number | null;
  /** What a pod costs that is stopped, exited or failed, USD per hour. Default 0.01. */
  diskHourlyPrice?: number;
  /** How long a pod is `creating` before it is `provisioning`, in ms. Default 0. */
  creatingMs?: number;
  /** When a pod is running, in ms from its creation. Default 0: at once. */
  runningAfterMs?: number;
  /** How long it takes to stop, in ms. Default 0. */
  stoppingMs?: number;
  /** How long it takes to start again, in ms. Default 0. */
  startingMs?: number;
  /** How long it takes to terminate, in ms. Default 0. */
  terminatingMs?: number;
  /** How long get and list show a pod that has ended, in ms. Default `Infinity`. */
  endedShownMs?: number;
  /** How late list is, in ms. Default 0. */
  listLagMs?: number;
  /** How long a call takes, in ms: one half before its effect, one after. Default 0. */
  latencyMs?: number | Partial<Record<Operation, number>>;
  /** By which share of it a latency may be longer or shorter, 0 to 1. Default 0. */
  latencyJitter?: number;
  /** How many calls are answered in a minute, from the first of them on; more are refused as `rate_limited`, with the rest of that minute as their wait. Default `null`: any number. */
  callsPerMinute?: number | null;
  /** Which are valid; one with a name is called by it in records and ledger. Default: no call needs any. */
  credentials?: readonly (string | NamedCredential)[];
  /** Where ports are reached. Default: `<id>-<port>.mock.invalid`, which no name server knows (RFC 6761). */
  endpoints?: EndpointOf;
  /** As if given to `script`, also after each reset. */
  scripts?: readonly PodScript[];
  /** As if given to `inject`, also after each reset. */
  faults?: readonly Fault[];
  /** What jobs do. Default: the output is `{ echo: input }`. */
  jobs?: JobHandler;
  /** How long jobs wait and run, in ms. Default: they complete when somebody asks for them. */
  jobTimes?: { queuedMs: number; runningMs: number };
  /** The endpoints that there are. Default: any. */
  jobEndpoints?: readonly string[];
}

/** Options of which everything is said. */
export type CompleteOptions = Required<
  Omit<SimulatedCloudOptions, 'clock' | 'credentials' | 'endpoints' | 'jobTimes' | 'jobEndpoints'>
> &
  Pick<SimulatedCloudOptions, 'credentials' | 'endpoints' | 'jobTimes' | 'jobEndpoints'> & { clock: SimulatorClock };

/** @throws PodkeeperError `validation`, naming the option */
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

/** The options that there are. */
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
    refuse('idPrefix', 'must be small letters and digits, with single hyphens between them');
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
