import { createMockProvider } from '../../../src/providers';
import type { TestPodkeeper } from '../../../src/testing/environment';
import { testPodkeeper } from './environmentUnderTest';

const east = createMockProvider();
const west = createMockProvider();
let here: TestPodkeeper;
beforeAll(async () => {
  here = await testPodkeeper({ accounts: { east, west } });
});
afterAll(async () => await here.close());

const CANDIDATES = [{ account: 'east', gpu: ['h100_sxm', 'l4'] }, { account: 'west' }];

test('my service when the first cloud is full: the claim is healthy on the next offer that has a pod', async () => {
  for (const gpu of ['h100_sxm', 'l4']) east.cloud.setStock({ gpu, stock: 0 });
  const pod = await here.podkeeper.spawn({ gpu: 'h100_sxm', image: 'org/image:1', candidates: CANDIDATES });
  const { id } = await pod.healthy();
  expect(west.cloud.pod(id)).toMatchObject({ state: 'running' });
  const { claim } = await pod.info();
  expect(claim?.attempts).toMatchObject([
    { account: 'east', outcome: 'refused', kind: 'no_capacity' },
    { account: 'east', outcome: 'refused', kind: 'no_capacity' },
    { account: 'west', outcome: 'held' },
  ]);
  const report = await pod.terminate();
  expect(report).toMatchObject({ account: 'west', phase: 'terminated', cost: { complete: true } });
  expect([...east.cloud.pods(), ...west.cloud.pods()].filter(({ state }) => state !== 'terminated')).toEqual([]);
});

test('each account of a provider is an offer, so that a spec without candidates falls back too', async () => {
  east.cloud.setStock({ gpu: 'l4', stock: 0 });
  const pod = await here.podkeeper.spawn({ provider: 'mock', gpu: 'l4', image: 'org/image:1' });
  await pod.healthy();
  expect((await pod.info()).claim).toMatchObject({ account: 'west' });
  await pod.terminate();
});

test('a plan lists the offers in the order in which they are tried, and what is left out', async () => {
  const plan = await here.podkeeper.plan({
    gpu: 'h100_sxm',
    image: 'org/image:1',
    candidates: [...CANDIDATES, { account: 'north' }],
  });
  expect(plan.offers.map(({ account }) => account)).toEqual(['east', 'east', 'west']);
  expect(plan.out).toMatchObject([{ candidate: 2, reason: expect.stringContaining('north') as string }]);
});
