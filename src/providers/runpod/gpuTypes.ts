import type { GpuCatalogue } from '../../model/gpus';
import type { CallContext, GpuOffer, GpuType } from '../contract';
import { readObject } from '../wire';
import type { WireObject } from '../wire';
import type { RunpodApi } from './api';

const STOCK: ReadonlyMap<string, GpuType['stock']> = new Map([
  ['NONE', 'unavailable'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
]);

/** RunPod's GPUs with their current prices and stock. */
export async function listGpuTypes(api: RunpodApi, catalogue: GpuCatalogue, context: CallContext): Promise<GpuType[]> {
  const query = { include: 'AVAILABILITY', product: 'POD' };
  const reply = await api.send(
    { method: 'GET', path: '/catalog/gpus', query, operation: 'read', expect: [200] },
    context,
  );
  return readObject(reply.json(), 'the list of GPUs')
    .objects('gpus')
    .map((row) => readGpuType(row, catalogue));
}

function readGpuType(row: WireObject, catalogue: GpuCatalogue): GpuType {
  const id = row.text('id');
  const memoryGiB = row.optionalNumber('memory');
  const offers = (['secure', 'community'] as const).flatMap((cloudType) => offerOf(row, cloudType));
  const regionStock = row
    .optionalObjects('dataCenters')
    .map((center) => ({ region: center.text('id'), stock: stockOf(center) }));
  const prices = offers.map(({ hourlyPrice }) => hourlyPrice).filter((price) => price !== null);
  return {
    id,
    canonical: catalogue.modelOf('runpod', id, memoryGiB ?? undefined)?.name ?? null,
    displayName: row.optionalText('name') ?? id,
    memoryGiB,
    hourlyPrice: prices.length === 0 ? null : Math.min(...prices),
    spotHourlyPrice: null,
    stock: stockOf(row),
    regions: regionStock.filter(({ stock }) => stock !== 'unavailable').map(({ region }) => region),
    regionStock,
    offers,
  };
}

function stockOf(row: WireObject): GpuType['stock'] {
  return STOCK.get(row.optionalText('availability') ?? '') ?? 'unknown';
}

function offerOf(row: WireObject, cloudType: 'secure' | 'community'): GpuOffer[] {
  if (!row.flag(cloudType)) return [];
  const price = row.object('price').optionalNumber(cloudType);
  return [
    {
      cloudType,
      hourlyPrice: price === null || price <= 0 ? null : price,
      maxCount: row.optionalObject('maxCount')?.optionalNumber(cloudType) ?? null,
    },
  ];
}
