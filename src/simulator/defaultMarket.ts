import { GPU_CATALOGUE } from '../model/gpus';
import type { MarketGpu, MarketOffer } from './market';

/** USD per hour for one GPU. Invented, similar to prices in 2026. */
const PRICES: Readonly<Record<string, number>> = {
  b300: 6,
  b200: 5,
  h200: 3.5,
  h100_sxm: 3,
  h100_nvl: 2.8,
  h100_pcie: 2.4,
  mi300x: 2.5,
  a100_sxm_80g: 1.6,
  a100_pcie_80g: 1.5,
  a100_sxm_40g: 1.3,
  a100_pcie_40g: 1.2,
  l40s: 0.9,
  l40: 0.9,
  rtx_6000_ada: 0.8,
  l4: 0.4,
  rtx_5090: 0.9,
  rtx_4090: 0.6,
  rtx_3090: 0.4,
  rtx_a6000: 0.5,
  rtx_a5000: 0.3,
  rtx_a4000: 0.2,
};
/** The price of a GPU that isn't in the table or not in the market, USD per hour. */
export const OTHER_GPU_PRICE = 1;
const CPU_PRICE = 0.05;
const REGIONS = ['mock-1', 'mock-2', 'mock-3'];

/** Every name of the catalogue, including families, each with its own stock. Spot is half the price. */
export function defaultMarket(): MarketGpu[] {
  return GPU_CATALOGUE.names().flatMap((id) => {
    const [model] = GPU_CATALOGUE.find(id);
    if (model === undefined) return [];
    const { displayName, memoryGiB } = model;
    return [{ id, displayName, memoryGiB, offers: everywhere(PRICES[model.name] ?? OTHER_GPU_PRICE) }];
  });
}

export function defaultCpuMarket(): MarketOffer[] {
  return everywhere(CPU_PRICE);
}

function everywhere(hourlyPrice: number): MarketOffer[] {
  return REGIONS.flatMap((region) => [
    { region, hourlyPrice },
    { region, spot: true, hourlyPrice: hourlyPrice / 2 },
  ]);
}
