import type { GpuCatalogue } from '../../model/gpus';
import type { SimulatedGpuType, SimulatedOffer } from '../../simulator';
import type { GpuOffer, GpuType } from '../contract';

/** Fewer GPUs than this are a low or a medium stock. */
const LOW_STOCK = 8;
const MEDIUM_STOCK = 32;

/** Converts a GPU type of the simulated market to the contract's form. */
export function describeGpuType({ id, displayName, memoryGiB, offers }: SimulatedGpuType, gpus: GpuCatalogue): GpuType {
  const onDemand = offers.filter(({ spot }) => !spot);
  const regions = [...new Set(onDemand.map(({ region }) => region))];
  const regionStock = regions.map((region) => ({
    region,
    stock: stockOf(onDemand.filter((offer) => offer.region === region)),
  }));
  return {
    id,
    canonical: gpus.find(id)[0]?.name ?? null,
    displayName,
    memoryGiB,
    hourlyPrice: lowestPrice(onDemand),
    spotHourlyPrice: lowestPrice(offers.filter(({ spot }) => spot)),
    stock: stockOf(onDemand),
    regions: regionStock.filter(({ stock }) => stock !== 'unavailable').map(({ region }) => region),
    offers: describeOffers(onDemand),
    regionStock,
  };
}

function describeOffers(offers: readonly SimulatedOffer[]): GpuOffer[] {
  return [...new Set(offers.map(({ cloudType }) => cloudType))].map((cloudType) => {
    const here = offers.filter((offer) => offer.cloudType === cloudType);
    return {
      cloudType,
      hourlyPrice: lowestPrice(here),
      maxCount: null,
      regions: [...new Set(here.map(({ region }) => region))],
    };
  });
}

function lowestPrice(offers: readonly SimulatedOffer[]): number | null {
  return offers.length === 0 ? null : Math.min(...offers.map(({ hourlyPrice }) => hourlyPrice));
}

function stockOf(offers: readonly SimulatedOffer[]): GpuType['stock'] {
  const stock = offers.reduce((sum, offer) => sum + offer.stock, 0);
  if (stock === 0) return 'unavailable';
  if (stock < LOW_STOCK) return 'low';
  return stock < MEDIUM_STOCK ? 'medium' : 'high';
}
