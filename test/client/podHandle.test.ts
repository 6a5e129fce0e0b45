import { randomUUID } from 'node:crypto';
import { Podkeeper } from '../../src/client';
import type { PodHandle } from '../../src/client';
import { digestOf, parsePodSpec } from '../../src/schema';
import { releaseSignal } from '../../src/workflows/definitions';
import { devServer, timeSkipping } from '../support/environment';
import { openStage, reached } from '../support/lifecycle';
import type { Stage } from '../support/lifecycle';
import { mockCloud } from '../support/mockCloud';
import type { MockCloud } from '../support/mockCloud';
import { until } from '../support/until';

const SPEC = { image: 'x', idleTimeout: '1h' };

/** A claim id that was used before, and lives again in somebody else's hands. */
interface UsedAgain {
  first: PodHandle;
  second: PodHandle;
  cloud: MockCloud;
}

describe.each([
  ['the dev server', devServer],
  ['the time-skipping server', timeSkipping],
] as const)('on %s', (server, open) => {
  let stage: Stage;
  let podkeeper: Podkeeper;
  beforeAll(async () => {
    stage = await openStage(await open());
    podkeeper = new Podkeeper({ client: stage.env.client, deployment: stage.deployment, searchAttributes: false });
  });
  afterAll(async () => {
    await stage.close();
    await stage.env.teardown();
  });

  function newId(cloud: MockCloud): string {
    const id = `c-${randomUUID().slice(0, 8)}`;
    stage.clouds.set(`${stage.deployment}/${id}`, cloud);
    return id;
  }

  async function spawned(id: string): Promise<PodHandle> {
    const pod = await podkeeper.spawn({ ...SPEC, id });
    await reached(stage.env.client.workflow.getHandle(pod.workflowId), 'healthy');
    return pod;
  }

  async function usedAgain(use: (claims: UsedAgain) => Promise<void>): Promise<void> {
    const cloud = mockCloud();
    const id = newId(cloud);
    const first = await spawned(id);
    await podkeeper.get(id).terminate({ message: 'by somebody else' });
    const second = await spawned(id);
    try {
      await use({ first, second, cloud });
    } finally {
      await second.terminate();
    }
    expect(cloud.living).toEqual([]);
  }

  async function expectUntouched({ second, cloud }: UsedAgain): Promise<void> {
    const { claim, life } = await second.info();
    expect(life).toBe(second.life);
    expect(claim).toMatchObject({ phase: 'healthy', touchedAt: null, end: null });
    expect(cloud.living).toMatchObject([{ name: claim?.pod?.name }]);
  }

  test('an end by a handle of an earlier life ends nothing, and answers that life’s report', async () => {
    await usedAgain(async (claims) => {
      const report = await claims.first.terminate({ message: 'too late' });
      expect(report).toMatchObject({ phase: 'terminated', end: { message: 'by somebody else' } });
      await claims.first.release('too late again');
      await expectUntouched(claims);
    });
  });

  test('a handle of an earlier life reads that life', async () => {
    await usedAgain(async (claims) => {
      const { first } = claims;
      expect(await first.info()).toMatchObject({
        life: first.life,
        isOpen: false,
        claim: { phase: 'terminated', pod: null },
        report: { end: { message: 'by somebody else' } },
      });
      expect((await first.result()).report.end.message).toBe('by somebody else');
      const messages: string[] = [];
      for await (const { message } of first.events()) messages.push(message);
      expect(messages).toContain('by somebody else');
      await expect(first.healthy()).rejects.toMatchObject({ kind: 'conflict', details: { id: first.id } });
      await expectUntouched(claims);
    });
  });

  test('a handle of an earlier life refuses calls that need a living claim, with one message', async () => {
    await usedAgain(async (claims) => {
      const { first } = claims;
      const over = { kind: 'conflict', message: expect.stringContaining('that claim has ended') as string };
      await expect(first.touch()).rejects.toMatchObject(over);
      await expect(first.token()).rejects.toMatchObject(over);
      await expect(first.signUrl('/')).rejects.toMatchObject(over);
      await expect(first.writeOff({ by: 'ada', reason: 'lost' })).rejects.toMatchObject(over);
      const lost: unknown[] = [];
      const lease = first.keepAlive({ everyMs: 50, onLost: (error) => lost.push(error) });
      await until('the lease is lost', () => lost.length > 0);
      lease.stop();
      expect(lost).toMatchObject([over]);
      await expectUntouched(claims);
    });
  });

  test('withPod ends its own life only', async () => {
    const cloud = mockCloud();
    const id = newId(cloud);
    let second: PodHandle | undefined;
    await podkeeper.withPod({ ...SPEC, id }, async (pod) => {
      await podkeeper.get(id).terminate({ message: 'by somebody else' });
      second = await spawned(pod.id);
    });
    if (second === undefined) throw new Error('there was no second life');
    await expectUntouched({ first: second, second, cloud });
    await second.terminate();
  });

  test('a handle from get belongs to the life that it sees first, or to the one it is given', async () => {
    const cloud = mockCloud();
    const id = newId(cloud);
    const first = await spawned(id);
    const got = podkeeper.get(id);
    expect(got.life).toBeNull();
    await got.info();
    expect(got.life).toBe(first.life);
    await first.terminate();
    const second = await spawned(id);
    await got.release('too late');
    await podkeeper.get(id, { life: first.life ?? '' }).release('too late');
    await expectUntouched({ first, second, cloud });
    await podkeeper.get(id).terminate();
    expect((await second.result()).report.end.reason).toBe('released');
  });

  test('a release signal without a life ends the living claim', async () => {
    const cloud = mockCloud();
    const pod = await spawned(newId(cloud));
    await stage.env.client.workflow.getHandle(pod.workflowId).signal(releaseSignal.name, 'by hand');
    expect((await pod.result()).report.end).toMatchObject({ reason: 'released', message: 'by hand' });
  });

  test('an exclusive spawn refuses a living claim, also one of the same spec', async () => {
    const cloud = mockCloud({}, (calm) => ({
      admitClaim: async (input) => ({
        ...(await calm.admitClaim(input)),
        specDigest: digestOf(parsePodSpec(input.spec).spec),
      }),
    }));
    const id = newId(cloud);
    const pod = await spawned(id);
    const inUse = { kind: 'conflict', message: expect.stringContaining('in use') as string };
    await expect(podkeeper.spawn({ ...SPEC, id }, { exclusive: true })).rejects.toMatchObject(inUse);
    await expect(podkeeper.withPod({ ...SPEC, id }, async () => await Promise.resolve())).rejects.toMatchObject(inUse);
    expect((await podkeeper.spawn({ ...SPEC, id })).life).toBe(pod.life);
    await expectUntouched({ first: pod, second: pod, cloud });
    await pod.terminate();
    const again = await podkeeper.spawn({ ...SPEC, id }, { exclusive: true });
    expect(again.life).not.toBe(pod.life);
    await reached(stage.env.client.workflow.getHandle(again.workflowId), 'healthy');
    await again.terminate();
  });

  test('a touch right after the end by the same handle is refused', async () => {
    const pod = await spawned(newId(mockCloud()));
    await pod.touch();
    await pod.terminate();
    await expect(pod.touch()).rejects.toMatchObject({ kind: 'conflict' });
  });

  if (server !== 'the dev server') return;

  test('a reset keeps the life: its handles work on, and see its end', async () => {
    const cloud = mockCloud();
    const id = newId(cloud);
    const pod = await spawned(id);
    const awaited = pod.result();
    const workflow = stage.env.client.workflow.getHandle(pod.workflowId);
    const { events } = await workflow.fetchHistory();
    await stage.env.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: pod.workflowId, runId: pod.life },
      reason: 'a test',
      requestId: randomUUID(),
      workflowTaskFinishEventId: events?.findLast((event) => event.workflowTaskCompletedEventAttributes != null)
        ?.eventId,
    });
    await reached(workflow, 'healthy');
    await pod.touch();
    const report = await pod.terminate({ message: 'after a reset' });
    expect((await awaited).report).toEqual(report);
    const second = await spawned(id);
    expect((await pod.result()).report).toEqual(report);
    await second.terminate();
  });
});
