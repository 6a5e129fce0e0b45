import { checkNumber, refuse } from './checks';
import { SimulatedFailure } from './failure';
import type { CompleteRequest } from './podRequest';

/** An offer: region, price and stock. */
export interface MarketOffer {
  /** The region's name. */
  region: string;
  /** Whether it is spot. Default: `false`, on demand. */
  spot?: boolean;
  /** The part of the cloud. Default: matches every `cloudType`. */
  cloudType?: 'secure' | 'community';
  /** Price of one GPU, or of a whole CPU pod, USD per hour. */
  hourlyPrice: number;
  /** How many GPUs, or CPU pods, are left. Default: `Infinity`. */
  stock?: number;
}

/** A GPU on the market. */
export interface MarketGpu {
  /** The id that pod requests use as `gpu`. */
  id: string;
  /** The display name. Default: the id. */
  displayName?: string;
  /** Memory of one GPU, GiB. */
  memoryGiB?: number;
  /** The offers, in the order in which they are used. */
  offers: readonly MarketOffer[];
}

/** A GPU with its current prices and stock. */
export interface SimulatedGpuType {
  /** The id that pod requests use as `gpu`. */
  readonly id: string;
  /** The display name. */
  readonly displayName: string;
  /** Memory of one GPU, GiB; `null` if unknown. */
  readonly memoryGiB: number | null;
  /** The offers, in the order in which they are used, including sold-out ones. */
  readonly offers: readonly SimulatedOffer[];
}

/** An offer with its current price and stock. */
export interface SimulatedOffer {
  /** The region's name. */
  readonly region: string;
  /** Whether it is spot; `false`: on demand. */
  readonly spot: boolean;
  /** The part of the cloud; `null` matches every `cloudType`. */
  readonly cloudType: 'secure' | 'community' | null;
  /** USD per hour for one GPU. */
  readonly hourlyPrice: number;
  /** Number of GPUs left. */
  readonly stock: number;
}

/** Selects offers to change. All given fields must match. */
export interface OfferMatch {
  /** The GPU's id; `null` for CPU pods. */
  gpu: string | null;
  /** The region's name. Default: all regions. */
  region?: string;
  /** Spot or on demand. Default: both. */
  spot?: boolean;
  /** The part of the cloud. Default: all. */
  cloudType?: 'secure' | 'community';
}

/** Hardware taken from the market. */
export interface Purchase {
  region: string;
  /** Price of all that was taken, USD per hour. */
  hourlyPrice: number;
  /** Returns it to the stock. */
  giveBack: () => void;
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
type Row = Omit<SimulatedGpuType, 'offers'> & { offers: Mutable<SimulatedOffer>[] };

/** Prices and stock by GPU and region. */
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
   * Takes the requested hardware from the first region that has it, in the request's order of regions, or in the market's.
   *
   * @throws SimulatedFailure `invalid` for an unknown GPU or region, `no_capacity` if the stock is too small
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

  /** @throws PodkeeperError `validation` if no offer matches */
  setPrice({ hourlyPrice, ...match }: OfferMatch & { hourlyPrice: number }): void {
    checkNumber('hourlyPrice', hourlyPrice);
    for (const offer of this.matching(match)) offer.hourlyPrice = hourlyPrice;
  }

  /** @throws PodkeeperError `validation` if no offer matches */
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

  /** With `unlistedHourlyPrice`, an unknown region offers the same as the first one. */
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

/** Rounds to a millionth of a dollar, to remove floating-point errors. */
function roundedPrice(price: number): number {
  return Math.round(price * 1e6) / 1e6;
}
