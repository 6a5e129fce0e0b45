import { PodkeeperError, isPodkeeperError, messageOf, specOfOffer } from '../model';
import type { Admission, AdmitInput, Plan, PlanInput, PodSpec } from '../model';
import type { Account } from '../accounts';
import { GPU_CATALOGUE, gpuIdOf } from '../model/gpus';
import type { GpuCatalogue } from '../model/gpus';
import type { GpuType, Provider } from '../providers/contract';
import { priceOf, regionsOf, requireOffer, shortagesOf } from '../providers/offers';
import { admitClaim } from './admit';
import type { AdmitDependencies } from './admit';

/** The set of a cloud's GPU types and their regions changes every few months. */
const CATALOGUE_AGE_MS = 600_000;
/** An admission is part of a workflow task, which has 10 s. Without the catalogue in time, it does without. */
const ADMISSION_LIMIT_MS = 3_000;
/** Somebody waits for a plan. */
const PLAN_LIMIT_MS = 30_000;

/**
 * Admits a claim, and refuses what the provider's whole catalogue doesn't have: a region that doesn't exist would be tried until
 * `startupTimeout`. When the catalogue doesn't arrive in time, the create decides.
 *
 * @throws PodkeeperError `validation` or `unsupported`, naming the field
 */
export async function admitByCatalogue(input: AdmitInput, dependencies: AdmitDependencies): Promise<Admission> {
  const admission = admitClaim(input, dependencies);
  for (const offer of admission.offers) {
    const account = dependencies.accounts.get(offer.account);
    const spec = specOfOffer(admission, offer);
    if (account === undefined || !isSpecial(spec)) continue;
    const gpu = gpuOf(spec, account.provider, dependencies.gpus);
    if (gpu === null) continue;
    const types = await typesOf(account, CATALOGUE_AGE_MS, ADMISSION_LIMIT_MS).catch(() => null);
    if (types !== null && types.length > 0) requireOffer(types, gpu, spec, account.provider.name);
  }
  return admission;
}

/**
 * Plans a claim: where it would rent, at what price, and what prevents it now. Rents nothing.
 *
 * @throws PodkeeperError the same as an admission
 */
export async function planClaim(input: PlanInput, dependencies: AdmitDependencies): Promise<Plan> {
  const admission = admitClaim(input, dependencies);
  const { settings } = admission;
  const [offer] = admission.offers;
  if (offer === undefined) throw new Error('a claim is admitted with at least one offer');
  const spec = specOfOffer(admission, offer);
  const account = dependencies.accounts.get(offer.account);
  const gpu = account === undefined ? null : gpuOf(spec, account.provider, dependencies.gpus);
  const obstacles: string[] = [];
  let type: GpuType | undefined;
  if (account !== undefined && gpu !== null) {
    const isBrief = input.brief === true;
    try {
      const types = await typesOf(
        account,
        isBrief ? CATALOGUE_AGE_MS : 0,
        isBrief ? ADMISSION_LIMIT_MS : PLAN_LIMIT_MS,
      );
      if (types !== null && types.length > 0) type = requireOffer(types, gpu, spec, account.provider.name);
    } catch (error) {
      if (isPodkeeperError(error) && error.refused) throw error;
      obstacles.push(`the offers can't be read: ${messageOf(error)}`);
    }
  }
  const maxLifetimeMs = spec.maxLifetimeMs ?? settings.maxLifetimeMs;
  const hourlyPrice = type === undefined ? null : priceOf(type, spec);
  return {
    provider: offer.provider,
    account: offer.account,
    gpu,
    gpuCount: spec.gpu === null ? 0 : spec.gpuCount,
    stock: type?.stock ?? null,
    regions: type === undefined ? spec.regions : regionsOf(type, spec),
    hourlyPrice,
    maxHourlyPrice: spec.maxHourlyPrice,
    maxLifetimeMs,
    idleTimeoutMs: spec.idleTimeoutMs,
    atMost: hourlyPrice === null ? null : (hourlyPrice * maxLifetimeMs) / 3_600_000,
    obstacles: type === undefined ? obstacles : [...obstacles, ...shortagesOf(type, spec)],
  };
}

/** Tells whether a spec asks for something that a catalogue may lack. A spec that only names a GPU costs no call. */
function isSpecial({ gpu, gpuCount, regions, cloudType }: PodSpec): boolean {
  return gpu !== null && (typeof gpu === 'object' || gpuCount > 1 || regions.length > 0 || cloudType !== 'any');
}

/** The provider's own id; `null` without a GPU, and where only the provider knows the id of a name. */
function gpuOf(spec: PodSpec, provider: Provider, gpus: GpuCatalogue = GPU_CATALOGUE): string | null {
  if (spec.gpu === null) return null;
  if (typeof spec.gpu === 'string' && !gpus.knowsProvider(provider.name)) return null;
  return gpuIdOf(spec.gpu, provider.name, spec.gpuCount, gpus);
}

const catalogues = new WeakMap<Account, { types: Promise<GpuType[]>; askedAt: number }>();

/** The provider's catalogue, at most `maxAgeMs` old; `null` where it has none. */
async function typesOf(account: Account, maxAgeMs: number, limitMs: number): Promise<GpuType[] | null> {
  const { provider } = account;
  if (provider.listGpuTypes === undefined) return null;
  const known = catalogues.get(account);
  if (known !== undefined && performance.now() - known.askedAt <= maxAgeMs) return await within(known.types, limitMs);
  const types = provider.listGpuTypes({ signal: AbortSignal.timeout(PLAN_LIMIT_MS) });
  const asked = { types, askedAt: performance.now() };
  catalogues.set(account, asked);
  types.catch(() => {
    if (catalogues.get(account) === asked) catalogues.delete(account);
  });
  return await within(types, limitMs);
}

async function within<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PodkeeperError('timeout', 'the catalogue was not there in time')), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
