import type { TestPodkeeper } from '../../../src/testing/environment';
import { ScriptedProvider } from '../../support/scriptedProvider';
import { testPodkeeper } from './environmentUnderTest';

// Temporal's core warns that this server may lose what a try remembers for the next when it fails. The proof of an end by
// absence, and the loss of a pod, are two tries that each saw one absence: without the memory they would never come.
const provider = new ScriptedProvider();
provider.forgetsEnded = true;
let here: TestPodkeeper;
beforeAll(async () => {
  here = await testPodkeeper({ accounts: { main: provider } });
});
afterAll(async () => await here.close());

test('ends are proven on a cloud that forgets ended pods: each by its second absence', async () => {
  for (let round = 0; round < 10; round += 1) {
    const pod = await here.podkeeper.spawn({ image: 'render' });
    await pod.healthy();
    const { evidence, end, endedAt } = await pod.terminate();
    expect(evidence).toMatch(/^missing from two complete lists, at /);
    expect(Date.parse(endedAt) - Date.parse(end.at)).toBeLessThan(10_000);
  }
  expect(provider.living).toEqual([]);
});

test('a pod that vanishes is lost, by its second absence', async () => {
  const pod = await here.podkeeper.spawn({ image: 'render' });
  const { id } = await pod.healthy();
  await here.skip('10m');
  provider.pods.delete(id);
  await here.skip('2m');
  const { report } = await pod.info();
  expect(report?.end).toMatchObject({
    reason: 'lost',
    message: expect.stringContaining('missing from two complete lists') as string,
  });
});

test('lists are dated by virtual time: one of years later is no proof before its lag, nor too old', async () => {
  await here.skip('9000h');
  const pod = await here.podkeeper.spawn({ image: 'render' });
  await pod.healthy();
  const lists = provider.lists;
  await here.skip('10m');
  // Each of the ten looks of a minute apart finds the shared list too old.
  expect(provider.lists - lists).toBeGreaterThanOrEqual(9);
  const { end, endedAt, attempts } = await pod.terminate();
  expect(Date.parse(attempts[0]?.absentSince ?? '')).toBeGreaterThanOrEqual(Date.parse(end.at));
  expect(Date.parse(endedAt)).toBeGreaterThan(Date.now() + 8_000 * 3_600_000);
});
