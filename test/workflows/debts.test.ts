import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { EndOutcome } from '../../src/model';
import { MISSING } from '../model/sweeps';
import { until } from '../support/until';
import { releaseSignal } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import {
  between,
  delaysOf,
  expectDelay,
  infoOf,
  messagesOf,
  openStage,
  reached,
  withClaim,
} from '../support/lifecycle';
import type { Claim, Stage } from '../support/lifecycle';
import {
  HOUR,
  MINUTE,
  SECOND,
  accepted,
  failing,
  failingFor,
  failureOf,
  finalFailureOf,
  inTurn,
  mockCloud,
  podOf,
} from '../support/mockCloud';

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

async function release(claim: Claim): Promise<void> {
  await reached(claim, 'healthy');
  await claim.signal(releaseSignal);
}

describe('an end that fails', () => {
  test('for 6 hours raises alarms after 5 min, 15 min and 1 h, in the log too, and the claim closes on proof', async () => {
    const cloud = mockCloud({}, (calm) => ({ endPods: failingFor(6 * HOUR, calm.endPods) }));
    await withClaim(stage, cloud, async (claim) => {
      await release(claim);
      const { report, events } = await claim.result();
      const delays = delaysOf({ events }, 'alarm', report.end.at);
      expect(delays).toHaveLength(3);
      for (const [index, due] of [5 * MINUTE, 15 * MINUTE, HOUR].entries()) expectDelay(delays[index], due);
      const alarms = messagesOf({ events }, 'alarm');
      expect(alarms[2]).toMatch(/^pod id-of-\S+ has not been proven ended for 1h; it may still bill$/);
      const logged = stage.errors.filter(({ workflowId }) => workflowId === claim.workflowId);
      expect(logged.map(({ message }) => message)).toEqual(alarms.map((message) => `Podkeeper alarm: ${message}`));

      expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' }, evidence: 'seen no more' });
      const [attempt] = report.attempts;
      expect(between(report.end.at, attempt?.absentSince ?? null)).toBeGreaterThanOrEqual(6 * HOUR);
      // A pod that can't be ended bills on, and so it is metered.
      expect(report.cost.total).toBeGreaterThan(12);
    });
  });

  test('for 3 days raises an alarm once a day after the first hour', async () => {
    const rare = { endBackoffMaxMs: 40 * MINUTE + 7_001 };
    const cloud = mockCloud({ settings: rare }, (calm) => ({ endPods: failingFor(72 * HOUR, calm.endPods) }));
    await withClaim(stage, cloud, async (claim) => {
      await release(claim);
      const { report, events } = await claim.result();
      const delays = delaysOf({ events }, 'alarm', report.end.at);
      expect(delays.map((delay) => Math.floor(delay / MINUTE))).toEqual([5, 15, 60, 25 * 60, 49 * 60]);
      expect(report.phase).toBe('terminated');
    });
  });

  test('until shortly before the first alarm raises no alarm', async () => {
    const cloud = mockCloud({}, (calm) => ({ endPods: failingFor(2 * MINUTE, calm.endPods) }));
    await withClaim(stage, cloud, async (claim) => {
      await release(claim);
      const { events } = await claim.result();
      expect(messagesOf({ events }, 'alarm')).toEqual([]);
    });
  });

  test('for good, as the activity says, is tried on all the same', async () => {
    const final = failing(() => finalFailureOf('unauthorized'));
    const cloud = mockCloud({}, (calm) => ({ endPods: inTurn(final, final, final, calm.endPods) }));
    await withClaim(stage, cloud, async (claim) => {
      await release(claim);
      const { report } = await claim.result();
      expect(report).toMatchObject({ phase: 'terminated', evidence: 'seen no more' });
      expect(between(report.end.at, report.endedAt)).toBeGreaterThanOrEqual(3 * 2 * SECOND);
    });
    expect(cloud.calls.endPods).toHaveLength(4);
  });

  test('for revoked credentials raises an alarm at once, and goes on quietly until they are rotated', async () => {
    const quiet = failing(() => failureOf('unauthorized'));
    const cloud = mockCloud({}, (calm) => ({
      endPods: inTurn(
        ({ accepted, absence }) => ({
          outcome: 'alarm',
          kind: 'unauthorized',
          message: 'the key is refused',
          accepted,
          absence,
          ended: [],
        }),
        quiet,
        quiet,
        calm.endPods,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      await release(claim);
      const { report, events } = await claim.result();
      expect(messagesOf({ events }, 'alarm')).toEqual([
        expect.stringMatching(/^pod id-of-\S+ can't be ended: the key is refused$/),
      ]);
      expectDelay(delaysOf({ events }, 'alarm', report.end.at)[0], 0);
      expect(report.evidence).toBe('seen no more');
    });
    expect(cloud.calls.endPods.map(({ alarmsReported }) => alarmsReported.length)).toEqual([0, 1, 1, 1]);
  });
});

test('pods that nobody knew of and that the end found are in the report', async () => {
  const cloud = mockCloud();
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    const { pod } = await infoOf(claim);
    const late = podOf(`${pod?.name.slice(0, -1)}4`, { hourlyPrice: null });
    cloud.living.push(late);
    await claim.signal(releaseSignal);
    const { report } = await claim.result();
    expect(report.attempts).toMatchObject([
      { number: 1, outcome: 'held' },
      { number: 4, podId: late.id, absentSince: expect.any(String) as string },
    ]);
    expect(report.cost.complete).toBe(false);
  });
});

describe('what is to be ended is in the claim’s state before its delete', () => {
  test('also a pod that only a list shows', async () => {
    const cloud = mockCloud({}, (calm) => ({
      endPods: inTurn(
        accepted,
        ({ target, accepted: deleted, absence }) => {
          const name = target.kind === 'life' ? `${target.prefix}7` : target.name;
          const pods = [{ id: 'late', name, hourlyPrice: 6 }];
          return { outcome: 'found', pods, accepted: deleted, ended: pods, absence };
        },
        accepted,
        calm.endPods,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      await release(claim);
      const { report } = await claim.result();
      expect(report.attempts).toMatchObject([{ number: 1 }, { number: 7, podId: 'late', hourlyPrice: 6 }]);
      expect(report.cost.complete).toBe(true);
    });
    const [first, , third, last] = cloud.calls.endPods.map(({ target }) => (target.kind === 'life' ? target.pods : []));
    expect(first).toHaveLength(1);
    expect(third).toContainEqual({ id: 'late', name: expect.stringMatching(/-7$/) as string });
    expect(last).toHaveLength(2);
    expect(cloud.calls.endPods.at(-1)?.accepted).toContain('late');
  });

  test('so that a list which is refused after the delete makes no report forget the pod or its cost', async () => {
    const cloud = mockCloud({}, (calm) => ({
      endPods: inTurn(
        accepted,
        ({ accepted: deleted }) => ({
          outcome: 'alarm',
          kind: 'forbidden',
          message: 'no lists for this key',
          accepted: deleted,
          ended: [],
          absence: null,
        }),
        calm.endPods,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      await release(claim);
      const { report } = await claim.result();
      expect(report.attempts).toMatchObject([{ podId: expect.stringContaining('id-of-') as string, hourlyPrice: 2 }]);
      expect(report.cost.total).toBeGreaterThan(0);
    });
    expect(cloud.calls.endPods.map((call) => call.accepted.length)).toEqual([0, 1, 1]);
  });

  test('and the claim says when the deletes were accepted, before the proof', async () => {
    const cloud = mockCloud({}, (calm) => ({ endPods: inTurn(accepted, failingFor(HOUR, calm.endPods)) }));
    await withClaim(stage, cloud, async (claim) => {
      await release(claim);
      await until('the delete is accepted', async () => (await infoOf(claim)).endAcceptedAt !== null);
      const { phase, debts } = await infoOf(claim);
      expect([phase, debts.length]).toEqual(['ending', 1]);
      const { report, events } = await claim.result();
      expect(messagesOf({ events }, 'delete_accepted')).toHaveLength(1);
      expect(report.durationMs).toBeGreaterThanOrEqual(HOUR);
    });
  });
});

test('an end goes on with its row of lists after an alarm', async () => {
  const cloud = mockCloud({}, (calm) => ({
    endPods: inTurn(
      (input) => ({ ...accepted(input), absence: MISSING }) as EndOutcome,
      ({ absence, accepted: deleted }) => ({
        outcome: 'alarm',
        kind: 'unauthorized',
        message: 'the key is refused',
        accepted: deleted,
        ended: [],
        absence: absence === null ? null : { ...absence, lists: absence.lists + 1 },
      }),
      calm.endPods,
    ),
  }));
  await withClaim(stage, cloud, async (claim) => {
    await release(claim);
    await claim.result();
  });
  expect(cloud.calls.endPods.map(({ absence }) => absence?.lists)).toEqual([undefined, 1, 2]);
});

test('a look goes on with its row of lists after an alarm and after siblings', async () => {
  const { lists } = MISSING;
  const cloud = mockCloud({}, (calm) => ({
    watchPod: inTurn(
      () => ({ outcome: 'alarm', kind: 'forbidden', message: 'no', absence: MISSING }),
      () => ({ outcome: 'siblings', pods: [], absence: { ...MISSING, lists: lists + 1 } }),
      calm.watchPod,
    ),
  }));
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    await until('it is watched again', () => cloud.calls.watchPod.length >= 3);
    await claim.signal(releaseSignal);
    await claim.result();
  });
  expect(cloud.calls.watchPod.slice(0, 3).map(({ absence }) => absence?.lists)).toEqual([undefined, lists, lists + 1]);
});

test('a claim stays open until each debt is proven paid: a sibling’s, too', async () => {
  const cloud = mockCloud({}, (calm) => {
    const sibling = failingFor(HOUR, calm.endPods);
    return {
      createPod: async (input) => {
        cloud.living.push(podOf(input.name, { id: 'twin' }));
        return await calm.createPod(input);
      },
      // The end of the life must not prove the sibling away in this test.
      endPods: async (input) => {
        if (input.target.kind === 'pod') return await sibling(input);
        const twin = cloud.living.filter(({ id }) => id === 'twin');
        const proven = await calm.endPods(input);
        cloud.living.push(...twin);
        return proven;
      },
    };
  });
  await withClaim(stage, cloud, async (claim) => {
    await release(claim);
    await reached(claim, 'ending');
    const { debts } = await infoOf(claim);
    expect(debts).toContainEqual(expect.objectContaining({ podIds: ['twin'] }));
    const { report } = await claim.result();
    expect(report.durationMs).toBeGreaterThanOrEqual(HOUR);
    expect(report.attempts.map(({ absentSince }) => absentSince)).not.toContain(null);
  });
});
