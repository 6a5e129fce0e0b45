import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { releaseSignal } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import { infoOf, messagesOf, openStage, reached, withClaim } from '../support/lifecycle';
import type { Stage } from '../support/lifecycle';
import { HOUR, MINUTE, failing, failingFor, failureOf, inTurn, mockCloud, podOf } from '../support/mockCloud';

let env: TestWorkflowEnvironment;
let stage: Stage;
beforeAll(async () => {
  env = await timeSkipping();
  stage = await openStage(env);
});
afterAll(async () => {
  await stage.close();
  await env.teardown();
});

describe('a late or doubled create', () => {
  test('seen while the pod is kept is ended by its id and name, and the held pod stays', async () => {
    const cloud = mockCloud();
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      const { pod } = await infoOf(claim);
      const sibling = podOf(`${pod?.name.slice(0, -1)}2`, { hourlyPrice: 3 });
      cloud.living.push(sibling);
      await env.sleep(15 * MINUTE);
      const info = await infoOf(claim);
      expect(info.phase).toBe('healthy');
      expect(cloud.living).toEqual([pod]);
      expect(info.attempts).toMatchObject([
        { number: 1, outcome: 'held', absentSince: null },
        { number: 2, outcome: 'sibling', podId: sibling.id, hourlyPrice: 3 },
      ]);
      expect(info.debts).toEqual([]);
      expect(cloud.calls.endPods).toMatchObject([
        { reason: 'sibling', target: { kind: 'pod', id: sibling.id, name: sibling.name } },
      ]);
      await claim.signal(releaseSignal);
      const { report, events } = await claim.result();
      expect(messagesOf({ events }, 'sibling_found')).toEqual([
        `${sibling.name} is also pod ${sibling.id}: ending that one`,
      ]);
      expect(messagesOf({ events }, 'pod_ended')).toHaveLength(2);
      expect(report.attempts).toHaveLength(2);
    });
  });

  test('whose end is still open when the claim ends is ended all the same, in the same try', async () => {
    const cloud = mockCloud({}, (calm) => ({ endPods: failingFor(2 * HOUR, calm.endPods) }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      const { pod } = await infoOf(claim);
      cloud.living.push(podOf(`${pod?.name.slice(0, -1)}2`));
      await env.sleep(15 * MINUTE);
      expect((await infoOf(claim)).debts).toHaveLength(1);
      await claim.signal(releaseSignal);
      const { events } = await claim.result();
      expect(messagesOf({ events }, 'pod_ended')).toHaveLength(2);
      expect(cloud.living).toEqual([]);
    });
  });

  test('seen while the pod boots, under the very same name, is ended and not looked at again', async () => {
    const cloud = mockCloud({}, (calm, { living }) => ({
      createPod: async (input) => {
        living.push(podOf(input.name, { id: 'twin' }));
        return await calm.createPod(input);
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      const { pod, attempts } = await infoOf(claim);
      expect(cloud.living).toEqual([pod]);
      expect(attempts).toMatchObject([
        { outcome: 'held', podId: pod?.id },
        { outcome: 'sibling', podId: 'twin', name: pod?.name },
      ]);
      expect(cloud.calls.observePod.map(({ terminatingIds }) => terminatingIds)).toEqual([[], ['twin']]);
      await claim.signal(releaseSignal);
      await claim.result();
    });
    expect(cloud.calls.endPods[0]).toMatchObject({ target: { kind: 'pod', id: 'twin' } });
  });

  test('of a name that is presumed absent is written down under that name', async () => {
    const cloud = mockCloud({}, (calm) => ({
      createPod: inTurn(
        failing(() => failureOf('outcome_unknown')),
        calm.createPod,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      const [attempt] = (await infoOf(claim)).attempts;
      cloud.living.push(podOf(attempt?.name ?? ''));
      await env.sleep(15 * MINUTE);
      expect((await infoOf(claim)).attempts).toMatchObject([
        { number: 1, outcome: 'sibling', podId: `id-of-${attempt?.name}` },
        { number: 2, outcome: 'held' },
      ]);
      await claim.signal(releaseSignal);
      await claim.result();
    });
  });
});
