import type { GpuType } from '../../../src/providers/contract';
import { context, problem, refusalOf, withStandIn } from './standIn';

const H100 = {
  id: 'NVIDIA H100 80GB HBM3',
  name: 'H100 SXM',
  pool: 'ADA_80_PRO',
  manufacturer: 'NVIDIA',
  memory: 80,
  secure: true,
  community: true,
  price: { secure: 2.99, community: 2.69, serverless: 4.18 },
  maxCount: { secure: 8, community: 4 },
  availability: 'LOW',
  dataCenters: [
    { id: 'US-TX-3', name: 'US-TX-3', availability: 'LOW' },
    { id: 'EU-RO-1', name: 'EU-RO-1', availability: 'NONE' },
  ],
};

async function read(changes: Record<string, unknown>): Promise<GpuType | undefined> {
  const [type] = await withStandIn([{ json: { gpus: [{ ...H100, ...changes }] } }], async ({ provider, seen }) => {
    const types = (await provider.listGpuTypes?.(context())) ?? [];
    expect(seen).toMatchObject([
      { method: 'GET', path: '/catalog/gpus', query: { include: 'AVAILABILITY', product: 'POD' } },
    ]);
    return types;
  });
  return type;
}

test('a GPU type with its prices, its stock and its regions', async () => {
  expect(await read({})).toEqual({
    id: 'NVIDIA H100 80GB HBM3',
    canonical: 'h100_sxm',
    displayName: 'H100 SXM',
    memoryGiB: 80,
    hourlyPrice: 2.69,
    spotHourlyPrice: null,
    stock: 'low',
    regions: ['US-TX-3'],
    regionStock: [
      { region: 'US-TX-3', stock: 'low' },
      { region: 'EU-RO-1', stock: 'unavailable' },
    ],
    offers: [
      { cloudType: 'secure', hourlyPrice: 2.99, maxCount: 8 },
      { cloudType: 'community', hourlyPrice: 2.69, maxCount: 4 },
    ],
  });
});

test.each([
  ['NONE', 'unavailable'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
  ['PLENTY', 'unknown'],
  ['constructor', 'unknown'],
  [undefined, 'unknown'],
])('availability %s is %s', async (availability, stock) => {
  expect(await read({ availability })).toMatchObject({ stock });
});

test('what is not offered in a cloud has no offer there, and a price of 0 is none', async () => {
  expect(await read({ community: false, price: { secure: 0, community: 0 } })).toMatchObject({
    hourlyPrice: null,
    offers: [{ cloudType: 'secure', hourlyPrice: null }],
  });
});

test('a type that is nowhere has no data centres', async () => {
  expect(await read({ availability: 'NONE', dataCenters: undefined })).toMatchObject({ regions: [], regionStock: [] });
});

test('a type that the catalogue does not know is listed all the same', async () => {
  expect(await read({ id: 'NVIDIA Whatever 9000' })).toMatchObject({ id: 'NVIDIA Whatever 9000', canonical: null });
});

test('a catalogue of another form, or one that fails, rejects', async () => {
  for (const answer of [{ json: [] }, { json: { gpus: [{}] } }, problem(500, 'oh')]) {
    await withStandIn([answer], async ({ provider }) => {
      expect((await refusalOf(provider.listGpuTypes?.(context()) ?? Promise.resolve())).kind).toBe('provider');
    });
  }
});
