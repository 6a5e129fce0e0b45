import { PodkeeperError } from '../../../src/model';
import type { PodActivities } from '../../../src/model';
import type { TestPodkeeper } from '../../../src/testing/environment';
import { podOf } from '../../support/mockCloud';
import { testPodkeeper } from './environmentUnderTest';

const SPEC = { image: 'render', ports: ['8000/http'] };

let mocks: Partial<PodActivities> = {};
let here: TestPodkeeper;
beforeAll(async () => {
  here = await testPodkeeper({
    activities: {
      createPod: async (input) => await (mocks.createPod ?? createdBy('pod'))(input),
      observePod: async (input) => {
        if (mocks.observePod !== undefined) return await mocks.observePod(input);
        return { outcome: 'healthy', pod: podOf(input.name, { id: input.podId }) };
      },
    },
  });
});
beforeEach(async () => {
  mocks = {};
  await here.reset();
});
afterAll(async () => await here.close());

function createdBy(id: string): PodActivities['createPod'] {
  return async ({ name }) =>
    await Promise.resolve({ outcome: 'created', pod: podOf(name, { id: `${id}-${name}` }), adopted: false });
}

test('what is created by a mock is watched and ended by the defaults; no provider is asked', async () => {
  const pod = await here.podkeeper.spawn(SPEC);
  expect((await pod.healthy()).id).toMatch(/^pod-pk-/);
  await here.skip('3h');
  expect((await pod.info()).claim?.phase).toBe('healthy');
  const report = await pod.terminate();
  expect(report).toMatchObject({ phase: 'terminated', evidence: 'ended by a mock activity' });
  expect(report.attempts[0]?.podId).toMatch(/^pod-pk-/);
  expect(here.cloud.calls()).toEqual([]);
});

test('errors of a look are tried again at its pace', async () => {
  let looks = 0;
  mocks.observePod = async ({ podId, name }) => {
    looks += 1;
    if (looks < 4) throw new Error('not yet');
    return await Promise.resolve({ outcome: 'healthy', pod: podOf(name, { id: podId }) });
  };
  const pod = await here.podkeeper.spawn(SPEC);
  await pod.healthy();
  const { healthyAt, claimedAt } = await pod.terminate();
  expect(looks).toBe(4);
  expect(Date.parse(healthyAt ?? '') - Date.parse(claimedAt)).toBeGreaterThanOrEqual(15_000);
});

test('a refused create is followed by the next number, or ends the claim, as its kind says', async () => {
  let creates = 0;
  mocks.createPod = async (input) => {
    creates += 1;
    if (creates === 1) throw new PodkeeperError('no_capacity', 'none left', { refused: true });
    return await createdBy('second')(input);
  };
  const pod = await here.podkeeper.spawn(SPEC);
  expect((await pod.healthy()).id).toMatch(/^second-/);
  expect((await pod.terminate()).attempts).toMatchObject([{ outcome: 'refused', kind: 'no_capacity' }, { number: 2 }]);
  mocks.createPod = async () => await Promise.reject(new PodkeeperError('quota', 'no more', { refused: true }));
  const refused = await here.podkeeper.spawn(SPEC);
  await expect(refused.healthy()).rejects.toMatchObject({ kind: 'quota' });
});

test('any other error of a create leaves open what came of it: it is looked up', async () => {
  let creates = 0;
  mocks.createPod = async (input) => {
    creates += 1;
    if (creates === 1) throw new Error('the connection was cut');
    return await createdBy('second')(input);
  };
  const pod = await here.podkeeper.spawn(SPEC);
  await pod.healthy();
  const { attempts } = await pod.terminate();
  expect(attempts).toMatchObject([{ outcome: 'presumed_absent' }, { number: 2, outcome: 'held' }]);
});
