import { create, H100, startCalled } from './caller';

const WITH = 'include=AVAILABILITY&product=POD';
const byId = (body: unknown, list: string, id: string) =>
  (body as Record<string, { id: string }[]>)[list]?.find((row) => row.id === id);

test('GPUs come with the prices of this moment, and with stock where it is asked for', async () => {
  const called = await startCalled();
  called.fake.cloud.setPrice({ gpu: H100, cloudType: 'secure', hourlyPrice: 3.5 });
  called.fake.cloud.setStock({ gpu: H100, stock: 0 });
  called.fake.cloud.setStock({ gpu: H100, region: 'EU-RO-1', stock: 2 });
  const plain = byId((await called.ask('GET', '/catalog/gpus')).body, 'gpus', H100);
  const full = byId((await called.ask('GET', `/catalog/gpus?${WITH}`)).body, 'gpus', H100);

  expect(plain).toEqual({
    id: H100,
    name: 'H100 SXM',
    pool: 'ADA_80_PRO',
    manufacturer: 'NVIDIA',
    memory: 80,
    secure: true,
    community: true,
    price: { secure: 3.5, community: 2.69 },
    maxCount: { secure: 8, community: 4 },
  });
  expect(full).toMatchObject({ availability: 'LOW', cudaVersions: [{ version: '12.8', available: true }] });
  expect(byId(full, 'dataCenters', 'EU-RO-1')).toMatchObject({ availability: 'LOW' });
  expect(byId(full, 'dataCenters', 'US-KS-2')).toMatchObject({ availability: 'NONE' });
  expect((await called.ask('GET', `/catalog/gpus/${encodeURIComponent(H100)}?${WITH}&count=4`)).body).toMatchObject({
    availability: 'NONE',
  });
});

test('one GPU alone, and one that there is not', async () => {
  const called = await startCalled();

  expect(await called.ask('GET', `/catalog/gpus/${encodeURIComponent(H100)}`)).toMatchObject({
    status: 200,
    body: { id: H100 },
  });
  expect(await called.ask('GET', '/catalog/gpus/none')).toMatchObject({ status: 404 });
  expect(await called.ask('GET', '/catalog/gpus/cpu3c')).toMatchObject({ status: 404 });
});

test('CPUs and data centres', async () => {
  const called = await startCalled();
  const cpus = await called.ask('GET', `/catalog/cpus?${WITH}`);
  const centers = await called.ask('GET', '/catalog/datacenters?include=GPU_AVAILABILITY,CPU_AVAILABILITY');

  expect(byId(cpus.body, 'cpus', 'cpu5c')).toMatchObject({
    vcpu: { min: 2, max: 32 },
    price: { securePerVcpu: 0.035 },
    availability: 'HIGH',
  });
  expect((await called.ask('GET', '/catalog/cpus/cpu5c')).body).toMatchObject({ id: 'cpu5c' });
  const romania = byId(centers.body, 'dataCenters', 'EU-RO-1');
  expect(romania).toMatchObject({ region: 'EUROPE', globalNetwork: true });
  expect(byId(romania, 'gpuAvailability', H100)).toMatchObject({ availability: 'HIGH' });
  expect(byId(romania, 'cpuAvailability', 'cpu5c')).toMatchObject({ availability: 'HIGH' });
  expect((await called.ask('GET', '/catalog/datacenters?regions=ASIA')).body).toMatchObject({
    dataCenters: [{ id: 'AP-JP-1' }],
  });
});

test.each([
  ['include=AVAILABILITY', 400],
  ['product=POD', 400],
  ['count=2', 400],
  ['include=EVERYTHING&product=POD', 422],
  ['include=AVAILABILITY&product=CAR', 422],
  [`${WITH}&count=0`, 422],
  [`${WITH}&cloud=ALL`, 422],
])('a query %s is %d', async (query, status) => {
  const called = await startCalled();

  expect(await called.ask('GET', `/catalog/gpus?${query}`)).toMatchObject({ status });
});

test('the bill is that of the ledger, in buckets', async () => {
  const called = await startCalled();
  const id = await create(called);
  await called.clock.advance(3_600_000);
  await called.ask('POST', `/pods/${id}/action`, { action: 'stop' });
  await called.clock.advance(1_800_000);
  const bill = await called.ask('GET', '/billing/pods?bucketSize=hour');

  expect(bill.body).toMatchObject({
    records: [
      { podId: id, startTime: '2030-01-01T00:00:00.000Z', gpuAmount: 2.99, diskAmount: 0, cpuAmount: 0 },
      { podId: id, startTime: '2030-01-01T01:00:00.000Z', gpuAmount: 0, diskAmount: 0.005 },
    ],
    metadata: { recordCount: 2, uniquePodCount: 1, totals: { totalAmount: 2.995 } },
  });
  expect(called.fake.cloud.ledger.cost(id)).toBeCloseTo(2.995);
  expect((await called.ask('GET', '/billing/pods?podId=other')).body).toMatchObject({ records: [] });
  expect(await called.ask('GET', '/billing/pods?bucketSize=second')).toMatchObject({ status: 422 });
});
