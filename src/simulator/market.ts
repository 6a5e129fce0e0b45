import { checkNumber, refuse } from './checks';
import { SimulatedFailure } from './failure';
import type { CompleteRequest } from './podRequest';

/** Where something is sold, for how much, and how many there are. */
export interface MarketOffer {
  /** Its name. */
  region: string;
  /** Default `false`: on demand. */
  spot?: boolean;
  /** Default: serves every `cloudType`. */
  cloudType?: 'secure' | 'community';
  /** USD per hour for one GPU, or for a whole CPU pod. */
  hourlyPrice: number;
  /** How many GPUs, or CPU pods, are left. Default `Infinity`. */
  stock?: number;
}

/** A GPU that the market knows. */
export interface MarketGpu {
  /** What pods ask for as `gpu`. */
  id: string;
  /** Default: the id. */
  displayName?: string;
  /** Of one GPU. */
  memoryGiB?: number;
  /** In the order in which they are taken. */
  offers: readonly MarketOffer[];
}

/** What a GPU costs and whether there is any, at this moment. */
export interface SimulatedGpuType {
  /** What pods ask for as `gpu`. */
  readonly id: string;
  /** For people. */
  readonly displayName: string;
  /** Of one GPU; `null` where the market doesn't say. */
  readonly memoryGiB: number | null;
  /** In the order in which they are taken; those sold out too. */
  readonly offers: readonly SimulatedOffer[];
}

/** Where a GPU is sold, for how much, and how many there are, at this moment. */
export interface SimulatedOffer {
  /** Its name. */
  readonly region: string;
  /** `false`: on demand. */
  readonly spot: boolean;
  /** `null` serves every `cloudType`. */
  readonly cloudType: 'secure' | 'community' | null;
  /** USD per hour for one GPU. */
  readonly hourlyPrice: number;
  /** GPUs that are left. */
  readonly stock: number;
}

/** Which offers a change is about: each given field must match. */
export interface OfferMatch {
  /** An id of the market; `null` means CPU pods. */
  gpu: string | null;
  /** Its name. Default: all regions. */
  region?: string;
  /** Default: both. */
  spot?: boolean;
  /** Default: all. */
  cloudType?: 'secure' | 'community';
}

/** What was taken from the market, and for how much. */
export interface Purchase {
  region: string;
  /** USD per hour, for all that was taken. */
  hourlyPrice: number;
  /** Puts it back. */
  giveBack: () => void;
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
type Row = Omit<SimulatedGpuType, 'offers'> & { offers: Mutable<SimulatedOffer>[] };

/** Prices and stock, by GPU and region. */
export class Market {
  private readonly gpus: Map<string, Row>;
  private readonly cpu: Row;
  private readonly unlistedHourlyPrice: number | null;
  private readonly regions: readonly string[];

  constructor(gpus: readonly MarketGpu[], cpu: readonly MarketOffer[], unlistedHourlyPrice: number | null) {
    this.gpus = new Map(gpus.map((gpu) => [gpu.id, rowOf(gpu)]));
    this.cpu = rowOf({ id: 'cpu', offers: cpu });
    this.unlistedHourlyPrice = unlistedHourlyPrice;
    this.regions = [
      ...new Set([this.cpu, ...this.gpus.values()].flatMap(({ offers }) => offers.map(({ region }) => region))),
    ];
  }

  /**
   * Takes what is asked for from the first region that has it: of those asked for in their order, else in the market's.
   *
   * @throws SimulatedFailure `invalid` for an unknown GPU or region, `no_capacity` when nothing is left
   */
  take(request: CompleteRequest): Purchase {
    const { gpu, regions } = request;
    const row = this.rowOf(gpu);
    if (row === undefined) throw new SimulatedFailure('invalid', `gpu: there is no GPU ${String(gpu)} here`);
    for (const region of regions) this.openRegion(row, region);
    if (regions.length > 0 && !regions.some((region) => this.regions.includes(region) || sellsIn(row, region))) {
      throw new SimulatedFailure('invalid', `regions: there is no region ${regions.join(' and none ')} here`);
    }
    const count = gpu === null ? 1 : request.gpuCount;
    const fitting = row.offers.filter((offer) => offer.spot === request.spot && serves(offer, request.cloudType));
    const byRegion =
      regions.length === 0 ? fitting : regions.flatMap((name) => fitting.filter(({ region }) => region === name));
    const offer = byRegion.find(({ stock }) => stock >= count);
    if (offer === undefined) throw new SimulatedFailure('no_capacity', soldOut(request, count));
    offer.stock -= count;
    return {
      region: offer.region,
      hourlyPrice: roundedPrice(offer.hourlyPrice * count),
      giveBack: () => {
        offer.stock += count;
      },
    };
  }

  /** @throws PodkeeperError `validation` when nothing matches */
  setPrice({ hourlyPrice, ...match }: OfferMatch & { hourlyPrice: number }): void {
    checkNumber('hourlyPrice', hourlyPrice);
    for (const offer of this.matching(match)) offer.hourlyPrice = hourlyPrice;
  }

  /** @throws PodkeeperError `validation` when nothing matches */
  setStock({ stock, ...match }: OfferMatch & { stock: number }): void {
    checkNumber('stock', stock, { whole: true, infinite: true });
    for (const offer of this.matching(match)) offer.stock = stock;
  }

  gpuTypes(): SimulatedGpuType[] {
    return [...this.gpus.values()].map(({ offers, ...gpu }) =>
      Object.freeze({ ...gpu, offers: Object.freeze(offers.map((offer) => Object.freeze({ ...offer }))) }),
    );
  }

  private matching({ gpu, region, spot, cloudType }: OfferMatch): Mutable<SimulatedOffer>[] {
    const row = this.rowOf(gpu);
    if (row === undefined) refuse('gpu', `the market has no GPU ${String(gpu)}`);
    if (region !== undefined) this.openRegion(row, region);
    const found = row.offers.filter(
      (offer) =>
        (region === undefined || offer.region === region) &&
        (spot === undefined || offer.spot === spot) &&
        (cloudType === undefined || offer.cloudType === cloudType),
    );
    if (found.length === 0) refuse('region', `the market has no such offer of ${gpu ?? 'CPU pods'}`);
    return found;
  }

  private rowOf(gpu: string | null): Row | undefined {
    if (gpu === null) return this.cpu;
    const listed = this.gpus.get(gpu);
    if (listed !== undefined || this.unlistedHourlyPrice === null) return listed;
    const hourlyPrice = this.unlistedHourlyPrice;
    const regions = this.regions.length === 0 ? ['anywhere'] : this.regions;
    const offers = regions.flatMap((region) => [
      { region, hourlyPrice },
      { region, hourlyPrice, spot: true },
    ]);
    const row = rowOf({ id: gpu, offers });
    this.gpus.set(gpu, row);
    return row;
  }

  /** A region that nobody has listed sells what the first one does. */
  private openRegion(row: Row, region: string): void {
    if (this.unlistedHourlyPrice === null || this.regions.includes(region) || sellsIn(row, region)) return;
    const first = row.offers[0]?.region;
    row.offers.push(...row.offers.filter((offer) => offer.region === first).map((offer) => ({ ...offer, region })));
  }
}

function rowOf({
  id,
  displayName = id,
  memoryGiB = null,
  offers,
}: Omit<MarketGpu, 'memoryGiB'> & { memoryGiB?: number | null }): Row {
  return {
    id,
    displayName,
    memoryGiB,
    offers: offers.map(({ region, spot = false, cloudType = null, hourlyPrice, stock = Infinity }) => ({
      region,
      spot,
      cloudType,
      hourlyPrice,
      stock,
    })),
  };
}

function sellsIn({ offers }: Row, region: string): boolean {
  return offers.some((offer) => offer.region === region);
}

function serves(offer: SimulatedOffer, cloudType: CompleteRequest['cloudType']): boolean {
  return cloudType === 'any' || offer.cloudType === null || offer.cloudType === cloudType;
}

function soldOut({ gpu, spot, regions, cloudType }: CompleteRequest, count: number): string {
  const what = gpu === null ? 'CPU pod' : `${count} ${gpu}`;
  const where = regions.length === 0 ? '' : ` in ${regions.join(' or ')}`;
  return `no ${spot ? 'spot ' : ''}${what} is left${where}${cloudType === 'any' ? '' : ` (${cloudType})`}`;
}

/** A millionth of a dollar: what sums of binary fractions are off by is less. */
function roundedPrice(price: number): number {
  return Math.round(price * 1e6) / 1e6;
}
