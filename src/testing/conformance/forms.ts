import { ERROR_KINDS } from '../../model';
import type { Pod, PodStatus } from '../../model';
import type { GpuOffer, GpuType, Job, LogLine } from '../../providers/contract';

/** All pod statuses. */
export const POD_STATUSES: readonly PodStatus[] = [
  'provisioning',
  'running',
  'stopped',
  'terminated',
  'failed',
  'unknown',
];

type Form = (value: unknown) => boolean;

const text: Form = (value) => typeof value === 'string';
const someText: Form = (value) => typeof value === 'string' && value !== '';
const count: Form = (value) => Number.isInteger(value) && Number(value) >= 0;
const amount: Form = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const time: Form = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const list: Form = (value) => Array.isArray(value);
const anything: Form = () => true;

function orNull(form: Form): Form {
  return (value) => value === null || form(value);
}

function orMissing(form: Form): Form {
  return (value) => value === undefined || form(value);
}

function oneOf(words: readonly string[]): Form {
  return (value) => typeof value === 'string' && words.includes(value);
}

const POD: Record<keyof Pod, Form> = {
  id: someText,
  name: text,
  provider: someText,
  status: oneOf(POD_STATUSES),
  statusDetail: orNull(text),
  endpoints: list,
  gpu: orNull(someText),
  gpuCount: count,
  image: orNull(text),
  hourlyPrice: orNull(amount),
  region: orNull(someText),
  createdAt: orNull(time),
  exitCode: orNull((value) => Number.isInteger(value)),
  unstarted: orMissing(oneOf(ERROR_KINDS)),
};

const ENDPOINT: Record<keyof Pod['endpoints'][number], Form> = {
  port: isPort,
  protocol: oneOf(['http', 'tcp']),
  host: someText,
  externalPort: isPort,
  url: (value) => typeof value === 'string' && /^(https?|tcp):\/\/[^/]/.test(value) && URL.canParse(value),
};

const JOB: Record<keyof Job, Form> = {
  id: someText,
  endpoint: someText,
  provider: someText,
  status: oneOf(['in_queue', 'in_progress', 'completed', 'failed', 'cancelled', 'timed_out', 'unknown']),
  output: anything,
  error: orNull(text),
  executionTimeMs: orNull(amount),
  delayTimeMs: orNull(amount),
};

const stock = oneOf(['high', 'medium', 'low', 'unavailable', 'unknown']);
const regions: Form = (value) => Array.isArray(value) && value.every(someText);

const GPU_TYPE: Record<keyof GpuType, Form> = {
  id: someText,
  canonical: orNull(someText),
  displayName: someText,
  memoryGiB: orNull((value) => amount(value) && value !== 0),
  hourlyPrice: orNull(amount),
  spotHourlyPrice: orNull(amount),
  stock,
  regions,
  offers: orMissing(list),
  regionStock: orMissing(list),
};

const OFFER: Record<keyof GpuOffer, Form> = {
  cloudType: orNull(oneOf(['secure', 'community'])),
  hourlyPrice: orNull(amount),
  maxCount: orNull(count),
  regions: orMissing(regions),
};

const REGION_STOCK: Record<string, Form> = { region: someText, stock };

const LOG_LINE: Record<keyof LogLine, Form> = {
  source: oneOf(['container', 'system']),
  text,
  isPartial: orMissing((value) => value === true),
  at: orNull(time),
  cursor: someText,
};

/** The fields of a pod that violate the contract, one line each. */
export function faultsOfPod(pod: unknown): string[] {
  return [...faultsOf(pod, POD), ...faultsIn(pod, 'endpoints', ENDPOINT)];
}

export function faultsOfJob(job: unknown): string[] {
  return faultsOf(job, JOB);
}

export function faultsOfGpuType(row: unknown): string[] {
  return [...faultsOf(row, GPU_TYPE), ...faultsIn(row, 'offers', OFFER), ...faultsIn(row, 'regionStock', REGION_STOCK)];
}

export function faultsOfLogLine(line: unknown): string[] {
  return faultsOf(line, LOG_LINE);
}

/** The same for every item of a list field. */
function faultsIn(value: unknown, field: string, form: Record<string, Form>): string[] {
  const rows: unknown = isPlainObject(value) ? value[field] : undefined;
  return Array.isArray(rows) ? rows.flatMap((row, index) => faultsOf(row, form, `${field}[${index}]`)) : [];
}

function faultsOf(value: unknown, form: Record<string, Form>, path = ''): string[] {
  if (!isPlainObject(value)) return [`${path === '' ? 'it' : path} is not an object`];
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  const wrong = Object.entries(form)
    .filter(([field, fits]) => !fits(Object.hasOwn(value, field) ? value[field] : undefined))
    .map(([field]) => `${at(field)} is ${JSON.stringify(value[field]) ?? 'missing'}`);
  const extra = Object.keys(value).filter((field) => !Object.hasOwn(form, field));
  return [...wrong, ...extra.map((field) => `${at(field)} is not a field of the contract`)];
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
}

/** The path at which a value isn't plain JSON; `null` if it is. */
export function notPlainAt(value: unknown, path = ''): string | null {
  const here = path === '' ? 'the value itself' : path;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${here} (${value})`;
  if (typeof value !== 'object') return `${here} (${typeof value})`;
  if (Array.isArray(value)) return firstOf(value.map((item, index) => notPlainAt(item, `${path}[${index}]`)));
  if (!isPlainObject(value)) return `${here} (an object of a class)`;
  if (Object.getOwnPropertySymbols(value).length > 0) return `${here} (a symbol)`;
  return firstOf(Object.entries(value).map(([name, of]) => notPlainAt(of, path === '' ? name : `${path}.${name}`)));
}

/** Not `instanceof`: under jest, objects come from several realms. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function firstOf(found: readonly (string | null)[]): string | null {
  return found.find((path) => path !== null) ?? null;
}
