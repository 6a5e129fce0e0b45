import { PodkeeperError } from '../model';
import type { PodSpec } from '../model';
import { formatHourlyPrice } from '../model';
import type { GpuType } from './contract';

/**
 * The catalogue's entry for a spec's GPU.
 *
 * @throws PodkeeperError `unsupported`, refused and naming the field, if the catalogue doesn't have it at all, so that waiting wouldn't help
 */
export function requireOffer(types: readonly GpuType[], gpu: string, spec: PodSpec, provider: string): GpuType {
  const refuse = (path: string, message: string): never => {
    const details = [{ path, message }];
    throw new PodkeeperError('unsupported', `${path}: ${message}`, { provider, refused: true, details });
  };
  const type = types.find(({ id }) => id === gpu);
  if (type === undefined) {
    return refuse(
      'gpu',
      `${provider} doesn't offer ${gpu}: run 'podkeeper gpus --provider ${provider}' to see what it offers`,
    );
  }
  // `offers` only covers on-demand pods.
  if (type.offers !== undefined && !spec.spot) {
    const offers = offersOf(type, spec);
    if (offers.length === 0) {
      refuse(
        'cloudType',
        `${gpu} is not offered in the ${spec.cloudType} cloud: remove cloudType, or choose another gpu`,
      );
    }
    if (offers.every(({ maxCount }) => maxCount !== null && maxCount < spec.gpuCount)) {
      const most = Math.max(...offers.map(({ maxCount }) => maxCount ?? 0));
      refuse('gpuCount', `no machine has ${spec.gpuCount} × ${gpu}: ask for at most ${most}`);
    }
  }
  const everywhere = type.regionStock?.map(({ region }) => region) ?? [];
  if (spec.regions.length > 0 && everywhere.length > 0 && among(everywhere, spec.regions).length === 0) {
    refuse('regions', `${gpu} is offered in ${everywhere.join(', ')}, not in ${spec.regions.join(', ')}`);
  }
  return type;
}

/** Why a spec can't be rented now, though it may be later. */
export function shortagesOf(type: GpuType, spec: PodSpec): string[] {
  const shortages: string[] = [];
  const price = priceOf(type, spec);
  if (type.stock === 'unavailable') shortages.push(`gpu: ${type.id} is out of stock`);
  else if (spec.regions.length > 0 && regionsOf(type, spec).length === 0) {
    const where = type.regions.join(', ') || 'no region';
    shortages.push(`regions: ${type.id} is in stock in ${where}, not in ${spec.regions.join(', ')}`);
  }
  if (price !== null && spec.maxHourlyPrice !== null && price > spec.maxHourlyPrice) {
    shortages.push(`maxHourlyPrice: the price is ${formatHourlyPrice(price)}, more than $${spec.maxHourlyPrice}/h`);
  }
  return shortages;
}

/** USD per hour for the whole pod: the highest price of the matching offers, so that a plan never states too little. */
export function priceOf(type: GpuType, spec: PodSpec): number | null {
  const prices = offersOf(type, spec).map(({ hourlyPrice }) => hourlyPrice);
  const known = prices.filter((price) => price !== null);
  const one = known.length > 0 ? Math.max(...known) : spec.spot ? type.spotHourlyPrice : type.hourlyPrice;
  return one === null ? null : one * spec.gpuCount;
}

/** The spec's regions that have stock, or all regions with stock if the spec has none. */
export function regionsOf(type: GpuType, spec: PodSpec): string[] {
  return spec.regions.length === 0 ? type.regions : among(type.regions, spec.regions);
}

function offersOf(type: GpuType, { cloudType }: PodSpec): NonNullable<GpuType['offers']> {
  return (type.offers ?? []).filter(
    (offer) => cloudType === 'any' || offer.cloudType === null || offer.cloudType === cloudType,
  );
}

function among(regions: readonly string[], wanted: readonly string[]): string[] {
  const lowered = wanted.map((region) => region.toLowerCase());
  return regions.filter((region) => lowered.includes(region.toLowerCase()));
}
