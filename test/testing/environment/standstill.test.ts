import { setTimeout as realDelay } from 'node:timers/promises';
import { POLL_AGAIN } from '../../../src/model';
import type { Pod, WatchOutcome } from '../../../src/model';
import type { TestPodkeeper } from '../../../src/testing/environment';
import { gate, rejectionOf, testPodkeeper } from './environmentUnderTest';

const SPEC = { image: 'render', provider: 'mock' };
const HOUR = 3_600_000;

const POD: Omit<Pod, 'id' | 'name' | 'image'> = {
  provider: 'mock',
  status: 'running',
  statusDetail: null,
  endpoints: [],
  gpu: null,
  gpuCount: 0,
  hourlyPrice: 1,
  region: null,
  createdAt: null,
  exitCode: null,
};

let observing: (() => Promise<never>) | undefined;
let watching: (() => Promise<WatchOutcome | void>) | undefined;
let here: TestPodkeeper;
beforeAll(async () => {
  here = await testPodkeeper({
    standstillMs: 1_500,
    activities: {
      observePod: async ({ podId, name, spec }) => {
        await observing?.();
        return { outcome: 'healthy', pod: { ...POD, id: podId, name, image: spec.image } };
      },
      watchPod: async () => {
        const outcome = await watching?.();
        if (outcome !== undefined) return outcome;
        throw Object.assign(new Error('still running'), { type: POLL_AGAIN });
      },
    },
  });
});
beforeEach(async () => {
  observing = undefined;
  watching = undefined;
  await here.reset();
});
afterAll(async () => await here.close());

/** A healthy pod after its first watch. */
async function healthyPod(id?: string) {
  const pod = await here.podkeeper.spawn({ ...SPEC, ...(id === undefined ? {} : { id }) });
  await pod.healthy();
  await here.skip('1s');
  return pod;
}

test('an activity that waits freezes the clock: the wait is rejected and names it, with its last failure', async () => {
  const held = gate();
  let tries = 0;
  observing = async () => {
    tries += 1;
    if (tries > 1) await held.passed();
    throw new Error('the pod says 503');
  };
  const pod = await here.podkeeper.spawn(SPEC);
  const failure = await rejectionOf(pod.healthy());
  expect(failure).toMatchObject({
    name: 'PodkeeperError',
    kind: 'timeout',
    message: expect.stringMatching(
      /^virtual time has stood still for 1500 ms of real time under healthy\(\) of claim pod-\w+: activity observePod of test\/pod-\w+ runs, attempt 2; its last failure: the pod says 503\. /,
    ) as string,
  });
  observing = undefined;
  held.open();
  // The environment is still usable.
  await pod.healthy();
  expect((await pod.terminate()).end.reason).toBe('released');
});

test('a mock activity that is still at work holds time only as long as it works', async () => {
  const held = gate();
  const pod = await healthyPod();
  watching = held.passed;
  const skipping = here.skip('2m');
  await held.reached();
  held.open();
  watching = undefined;
  await skipping;
  await pod.terminate();
});

test('skip() waits for all that became due on its way, and for what follows from it', async () => {
  const pod = await healthyPod();
  watching = async () => {
    // Longer than what is left of the skip when it begins.
    await realDelay(1_000);
    return { outcome: 'gone', reason: 'lost', message: 'nobody there' };
  };
  // The next look comes a minute after the first, which came as soon as the pod was healthy.
  const healthyAt = Date.parse((await pod.info()).claim?.healthyAt ?? '');
  await here.skip(healthyAt + 60_200 - (await here.now()).getTime());
  expect((await pod.info()).report?.end.message).toContain('nobody there');
});

test('a claim that ends while a look at its pod runs leaves time able to skip', async () => {
  for (const round of [1, 2]) {
    const held = gate();
    const pod = await healthyPod(`cut-short-${round}`);
    watching = held.passed;
    const skipping = here.skip('90s');
    await held.reached();
    await pod.release();
    const { report } = await pod.result();
    expect(report.end.reason).toBe('released');
    held.open();
    watching = undefined;
    await skipping;
    const before = (await here.now()).getTime();
    await here.skip('1h');
    expect((await here.now()).getTime() - before).toBeLessThan(HOUR + 10_000);
  }
});

test('so does a workflow that is terminated with an activity running', async () => {
  const held = gate();
  const pod = await healthyPod();
  watching = held.passed;
  const skipping = here.skip('90s');
  await held.reached();
  await here.env.client.workflow.getHandle(pod.workflowId).terminate('by hand');
  held.open();
  watching = undefined;
  await skipping;
  await here.skip('1h');
  await expect(pod.result()).rejects.toMatchObject({
    kind: 'unknown',
    message: expect.stringContaining('terminated from outside') as string,
  });
  const next = await here.podkeeper.spawn(SPEC);
  await next.healthy();
  const { end } = (await next.result()).report;
  expect(end.reason).toBe('lifetime');
});

test('a workflow without a worker is named', async () => {
  const orphan = await here.env.client.workflow.start('orphan', { taskQueue: 'nobody', workflowId: 'orphan' });
  await expect(orphan.result()).rejects.toMatchObject({
    kind: 'timeout',
    message: expect.stringContaining('workflow orphan has a task that no worker has completed yet') as string,
  });
});

test.each([
  ['list', async () => await here.podkeeper.list()[Symbol.asyncIterator]().next()],
  ['count', async () => await here.env.client.workflow.count('')],
  ['schedules', async () => await here.env.client.schedule.getHandle('x').describe()],
])('what the server lacks is unsupported: %s', async (what, ask) => {
  const failure = await rejectionOf((async () => await ask())());
  expect(failure).toMatchObject({
    kind: 'unsupported',
    message: expect.stringMatching(new RegExp(`time-skipping server has no .*${what}.*dev server`)) as string,
  });
});
