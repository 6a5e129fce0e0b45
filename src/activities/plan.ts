import { PodkeeperError, messageOf } from '../model';
import type { Admission, AdmitInput, Plan, PlanInput, PlannedOffer, PodSpec } from '../model';
import type { Account } from '../accounts';
import { GPU_CATALOGUE, gpuIdOf } from '../model/gpus';
import type { GpuCatalogue } from '../model/gpus';
import type { GpuType, Provider } from '../providers/contract';
import { priceOf, regionsOf, requireOffer, shortagesOf } from '../providers/offers';
import { admissionOf, draftAdmission, refusedUnlessValid } from './admit';
import type { AdmitDependencies } from './admit';
import { isRefused } from './offers';
import type { ExpandedOffer, NamedOffer } from './offers';

/** The set of a cloud's GPU types and their regions changes every few months. */
const CATALOGUE_AGE_MS = 600_000;
/** An admission is part of a workflow task, which has 10 s. Without the catalogue in time, it does without. */
const ADMISSION_LIMIT_MS = 3_000;
/** Somebody waits for a plan. */
const PLAN_LIMIT_MS = 30_000;

/**
 * Admits a claim, and leaves out what a provider's whole catalogue doesn't have: a region that doesn't exist would be tried until
 * `startupTimeout`. When the catalogue doesn't arrive in time, the create decides.
 *
 * @throws PodkeeperError `validation` or `unsupported`, naming the field, when no offer is left
 */
export async function admitByCatalogue(input: AdmitInput, dependencies: AdmitDependencies): Promise<Admission> {
  const draft = draftAdmission(input, dependencies);
  const read = catalogueReader(CATALOGUE_AGE_MS, ADMISSION_LIMIT_MS);
  const compared = await Promise.all(
    draft.offers.map(async (offer) =>
      isRefused(offer) || !isSpecial(offer.spec) ? { offer } : await compare(offer, read, dependencies),
    ),
  );
  return admissionOf({ ...draft, offers: compared.map(({ offer }) => offer) });
}

/**
 * Plans a claim: where it would rent, at what price, and what prevents it now. Rents nothing.
 *
 * @throws PodkeeperError the same as an admission
 */
export async function planClaim(input: PlanInput, dependencies: AdmitDependencies): Promise<Plan> {
  const draft = draftAdmission(input, dependencies);
  const read =
    input.brief === true ? catalogueReader(CATALOGUE_AGE_MS, ADMISSION_LIMIT_MS) : catalogueReader(0, PLAN_LIMIT_MS);
  const compared = await Promise.all(
    draft.offers.map(async (offer) => (isRefused(offer) ? { offer } : await compare(offer, read, dependencies))),
  );
  const { settings, spec, out = [] } = admissionOf({ ...draft, offers: compared.map(({ offer }) => offer) });
  const maxLifetimeMs = spec.maxLifetimeMs ?? settings.maxLifetimeMs;
  const offers = compared.flatMap(({ offer, ...found }) =>
    isRefused(offer) ? [] : [plannedOffer(offer, found, { maxLifetimeMs, gpus: dependencies.gpus })],
  );
  const costs = offers.map(({ atMost }) => atMost);
  return {
    offers,
    out,
    maxLifetimeMs,
    idleTimeoutMs: spec.idleTimeoutMs,
    atMost: costs.every((cost) => cost !== null) ? Math.max(...costs) : null,
  };
}

function plannedOffer(
  { candidate, account, spec }: NamedOffer,
  { type, unread }: CatalogueFindings,
  { maxLifetimeMs, gpus }: { maxLifetimeMs: number; gpus: GpuCatalogue | undefined },
): PlannedOffer {
  const hourlyPrice = type === undefined ? null : priceOf(type, spec);
  return {
    candidate,
    provider: account.provider.name,
    account: account.name,
    gpu: gpuOf(spec, account.provider, gpus),
    gpuCount: spec.gpu === null ? 0 : spec.gpuCount,
    cloudType: spec.cloudType,
    spot: spec.spot,
    stock: type?.stock ?? null,
    regions: type === undefined ? spec.regions : regionsOf(type, spec),
    hourlyPrice,
    maxHourlyPrice: spec.maxHourlyPrice,
    atMost: hourlyPrice === null ? null : (hourlyPrice * maxLifetimeMs) / 3_600_000,
    obstacles: [
      ...(unread === undefined ? [] : [`the offers can't be read: ${unread}`]),
      ...(type === undefined ? [] : shortagesOf(type, spec)),
    ],
  };
}

/** What a provider's catalogue says about an offer. */
interface CatalogueFindings {
  /** Its entry; left out without one. */
  type?: GpuType;
  /** Why the catalogue can't be read. */
  unread?: string;
}

/** Compares an offer with the provider's catalogue. It is refused if that doesn't have it at all. */
async function compare(
  offer: NamedOffer,
  read: CatalogueReader,
  { gpus }: Pick<AdmitDependencies, 'gpus'>,
): Promise<CatalogueFindings & { offer: ExpandedOffer }> {
  const { account, spec } = offer;
  const { provider } = account;
  const gpu = gpuOf(spec, provider, gpus);
  if (gpu === null) return { offer };
  let types: GpuType[] | null;
  try {
    types = await read(account);
  } catch (error) {
    return { offer, unread: messageOf(error) };
  }
  if (types === null || types.length === 0) return { offer };
  const found: CatalogueFindings = {};
  const known = types;
  const checked = refusedUnlessValid(offer, () => {
    found.type = requireOffer(known, gpu, spec, provider.name);
  });
  return { ...found, offer: checked };
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

type CatalogueReader = (account: Account) => Promise<GpuType[] | null>;

/** Reads each account's catalogue at most once, for all of a claim's offers. */
function catalogueReader(maxAgeMs: number, limitMs: number): CatalogueReader {
  const begun = new Map<Account, Promise<GpuType[] | null>>();
  return async (account) => {
    const types = begun.get(account) ?? typesOf(account, maxAgeMs, limitMs);
    begun.set(account, types);
    return await types;
  };
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
