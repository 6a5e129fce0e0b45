import { SimulatedCloud } from '../../src/simulator';
import { cloudOf, failureOf, rent } from './clouds';

test('the preferred region that has stock is taken, else the next', async () => {
  const { cloud } = cloudOf();
  const regions = ['us', 'eu'];
  expect(await cloud.create({ name: 'a', gpu: 'h100', gpuCount: 3, regions })).toMatchObject({
    region: 'us',
    hourlyPrice: 12,
  });
  expect(await cloud.create({ name: 'b', gpu: 'h100', gpuCount: 3, regions })).toMatchObject({
    region: 'eu',
    hourlyPrice: 9,
  });
  expect(await failureOf(cloud.create({ name: 'c', gpu: 'h100', gpuCount: 2, regions }))).toMatchObject({
    code: 'no_capacity',
    message: 'no 2 h100 is left in us or eu',
  });
  expect(await cloud.create({ name: 'd', gpu: 'h100', regions })).toMatchObject({ region: 'us' });
});

test.each(['terminate', 'preempt'] as const)(
  'a pod gives its stock back at its end, by %s, and only once',
  async (how) => {
    const { cloud } = cloudOf();
    cloud.setStock({ gpu: 'h100', stock: 1, spot: false });
    cloud.setStock({ gpu: 'h100', region: 'us', stock: 0 });
    const { id } = await rent(cloud);
    expect(await failureOf(rent(cloud))).toMatchObject({ code: 'no_capacity' });
    await cloud.stop(id);
    expect(await failureOf(rent(cloud))).toMatchObject({ code: 'no_capacity' });
    await cloud.start(id);
    await cloud[how](id);
    await cloud.terminate(id);
    await rent(cloud);
    expect(await failureOf(rent(cloud))).toMatchObject({ code: 'no_capacity' });
  },
);

test('spot is a market of its own', async () => {
  const { cloud } = cloudOf();
  expect(await cloud.create({ name: 'a', gpu: 'h100', spot: true })).toMatchObject({
    region: 'eu',
    hourlyPrice: 1,
    spot: true,
  });
  expect(await failureOf(cloud.create({ name: 'b', spot: true }))).toMatchObject({
    code: 'no_capacity',
    message: 'no spot CPU pod is left',
  });
});

test('a CPU pod has a price, and no GPU', async () => {
  expect(await rent(cloudOf().cloud, 'a', null)).toMatchObject({ gpu: null, gpuCount: 0, hourlyPrice: 0.1 });
});

test('an unknown GPU and an unknown region are invalid', async () => {
  const { cloud } = cloudOf();
  expect(await failureOf(rent(cloud, 'a', 'h1000'))).toMatchObject({
    code: 'invalid',
    message: 'gpu: there is no GPU h1000 here',
  });
  expect(await failureOf(cloud.create({ name: 'a', gpu: 'h100', regions: ['moon'] }))).toMatchObject({
    code: 'invalid',
  });
  expect(await cloud.create({ name: 'a', gpu: 'h100', regions: ['moon', 'us'] })).toMatchObject({ region: 'us' });
});

test('each part of the cloud has its own offers', async () => {
  const offers = [
    { region: 'eu', cloudType: 'secure' as const, hourlyPrice: 3 },
    { region: 'eu', cloudType: 'community' as const, hourlyPrice: 2 },
  ];
  const { cloud } = cloudOf({ market: [{ id: 'l4', offers }] });
  expect(await cloud.create({ name: 'a', gpu: 'l4', cloudType: 'community' })).toMatchObject({ hourlyPrice: 2 });
  expect(await cloud.create({ name: 'a', gpu: 'l4', cloudType: 'secure' })).toMatchObject({ hourlyPrice: 3 });
  expect(await cloud.create({ name: 'a', gpu: 'l4' })).toMatchObject({ hourlyPrice: 3 });
});

test('prices and stock can be set, and are told live', async () => {
  const { cloud } = cloudOf();
  const { id } = await rent(cloud);
  cloud.setPrice({ gpu: 'h100', region: 'eu', spot: false, hourlyPrice: 7 });
  cloud.setStock({ gpu: 'h100', region: 'us', stock: 0 });
  expect(await cloud.gpuTypes()).toEqual([
    {
      id: 'h100',
      displayName: 'h100',
      memoryGiB: 80,
      offers: [
        { region: 'eu', spot: false, cloudType: null, hourlyPrice: 7, stock: 3 },
        { region: 'us', spot: false, cloudType: null, hourlyPrice: 4, stock: 0 },
        { region: 'eu', spot: true, cloudType: null, hourlyPrice: 1, stock: Infinity },
      ],
    },
  ]);
  expect(await rent(cloud)).toMatchObject({ hourlyPrice: 7 });
  expect(cloud.pod(id)).toMatchObject({ hourlyPrice: 3 });
});

test.each([
  [{ gpu: 'x', stock: 1 }, /^gpu: the market has no GPU x$/],
  [{ gpu: 'h100', region: 'moon', stock: 1 }, /^region: /],
  [{ gpu: 'h100', stock: -1 }, /^stock: must be a whole number, 0 or more, or Infinity, but is -1$/],
])('what can not be set is refused: %j', (change, message) => {
  expect(() => cloudOf().cloud.setStock(change)).toThrow(message);
});

test('by default every GPU and every region can be had, and be sold out', async () => {
  const cloud = new SimulatedCloud();
  expect(await cloud.create({ name: 'a', gpu: 'h100' })).toMatchObject({ region: 'mock-1', hourlyPrice: 3 });
  expect(await cloud.create({ name: 'a', gpu: 'NVIDIA X1', regions: ['EU-RO-1'] })).toMatchObject({
    region: 'EU-RO-1',
    hourlyPrice: 1,
  });
  expect(await cloud.create({ name: 'a', gpu: 'l4', spot: true, regions: ['anywhere'] })).toMatchObject({
    hourlyPrice: 0.2,
  });
  cloud.setStock({ gpu: 'Y2', stock: 0 });
  cloud.setStock({ gpu: 'l4', stock: 0 });
  expect(await failureOf(rent(cloud, 'a', 'Y2'))).toMatchObject({ code: 'no_capacity' });
  expect(await failureOf(cloud.create({ name: 'a', gpu: 'l4', regions: ['elsewhere'] }))).toMatchObject({
    code: 'no_capacity',
  });
});
