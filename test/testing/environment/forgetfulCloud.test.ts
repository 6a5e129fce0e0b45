import type { TestPodkeeper } from '../../../src/testing/environment';
import { ScriptedProvider } from '../../support/scriptedProvider';
import { testPodkeeper } from './environmentUnderTest';

// Temporal's core warns that this server may lose an activity's heartbeat details when an attempt fails. Proofs of absence need them: they take many
// attempts, each of which sees one absence.
const LAG_MS = 60_000;
const provider = new ScriptedProvider({ listLagMs: LAG_MS });
provider.forgetsEnded = true;
let here: TestPodkeeper;
beforeAll(async () => {
  here = await testPodkeeper({ accounts: { main: provider } });
});
afterAll(async () => await here.close());

test('ends are proven on a cloud that forgets ended pods: each by a row of absences one lag long', async () => {
  for (let round = 0; round < 10; round += 1) {
    const pod = await here.podkeeper.spawn({ image: 'render' });
    await pod.healthy();
    const { evidence, end, endedAt } = await pod.terminate();
    expect(evidence).toMatch(/^missing from 1\d complete lists in a row, over 1m/);
    const took = Date.parse(endedAt) - Date.parse(end.at);
    expect(took).toBeGreaterThanOrEqual(LAG_MS);
    expect(took).toBeLessThan(LAG_MS + 15_000);
  }
  expect(provider.living).toEqual([]);
});

test('a pod that vanishes is lost, by a row of absences', async () => {
  const pod = await here.podkeeper.spawn({ image: 'render' });
  const { id } = await pod.healthy();
  await here.skip('10m');
  provider.pods.delete(id);
  await here.skip('4m');
  const { report } = await pod.info();
  expect(report?.end).toMatchObject({
    reason: 'lost',
    message: expect.stringContaining('complete lists in a row') as string,
  });
});

test('a pod that lists leave out for less than the lag, again and again, is neither lost nor proven ended', async () => {
  const pod = await here.podkeeper.spawn({ image: 'render' });
  const { id } = await pod.healthy();
  const [made] = provider.living;
  if (made === undefined) throw new Error('no pod');
  const hide = async (duration: string) => {
    provider.pods.delete(id);
    await here.skip(duration);
    provider.pods.set(id, made);
  };
  for (let round = 0; round < 5; round += 1) {
    await here.skip('70s');
    await hide('50s');
  }
  expect((await pod.info()).claim?.phase).toBe('healthy');
  // The same during its end, with a cloud that accepts deletes without carrying them out.
  provider.always('terminate', () => 'ignore');
  await pod.release();
  for (let round = 0; round < 5; round += 1) {
    await here.skip('3m');
    await hide('50s');
  }
  const { claim } = await pod.info();
  expect(claim).toMatchObject({ phase: 'ending', endAcceptedAt: expect.any(String) as string });
  provider.always('terminate', undefined);
  await pod.result();
  expect(provider.living).toEqual([]);
});

test('an end need not be waited for beyond the delete', async () => {
  const pod = await here.podkeeper.spawn({ image: 'render' });
  await pod.healthy();
  const begun = await here.now();
  await pod.terminate({ wait: 'accepted' });
  expect((await here.now()).getTime() - begun.getTime()).toBeLessThan(LAG_MS / 2);
  expect(provider.living).toEqual([]);
  expect((await pod.info()).claim).toMatchObject({ phase: 'ending', endAcceptedAt: expect.any(String) as string });
  const { report } = await pod.result();
  expect(report.evidence).toMatch(/complete lists in a row/);
  // A claim that has ended needs no wait.
  await pod.terminate({ wait: 'accepted' });
});

test('lists are dated by virtual time: one of years later is no proof before its lag, nor too old', async () => {
  await here.skip('9000h');
  const pod = await here.podkeeper.spawn({ image: 'render' });
  await pod.healthy();
  const lists = provider.lists;
  await here.skip('10m');
  // Ten looks, one minute apart: each finds the shared list too old.
  expect(provider.lists - lists).toBeGreaterThanOrEqual(9);
  const { end, endedAt, attempts } = await pod.terminate();
  expect(Date.parse(attempts[0]?.absentSince ?? '')).toBeGreaterThanOrEqual(Date.parse(end.at));
  expect(Date.parse(endedAt)).toBeGreaterThan(Date.now() + 8_000 * 3_600_000);
});
