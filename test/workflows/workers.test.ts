import { setTimeout as delay } from 'node:timers/promises';
import { accountQueue } from '../../src/model';
import type { EndOutcome } from '../../src/model';
import { releaseSignal, touchUpdate } from '../../src/workflows/definitions';
import {
  between,
  cancelledReport,
  eventTypesOf,
  expectRejection,
  failureResult,
  infoOf,
  messagesOf,
  onDevServer,
  openStage,
  reached,
  startClaim,
  withClaim,
} from '../support/lifecycle';
import { HOUR, gate, mockCloud } from '../support/mockCloud';
import { until } from '../support/until';

// On the dev server: the time-skipping server doesn't skip while a call waits for a worker.

test('a create that no worker takes is tried under the next number until startupTimeout; the queue is named, nothing was sent', async () => {
  await onDevServer(
    async (stage) => {
      // Waits of 1 s, 2 s and 4 s between the attempts: at the deadline none is in flight.
      const settings = { createScheduleToStartMs: 500, createBackoffMs: 1_000 };
      const cloud = mockCloud({ settings, spec: { startupTimeoutMs: 6_000 } });
      await withClaim(stage, cloud, async (claim) => {
        const { kind, message, report } = await failureResult(claim);
        expect(kind).toBe('timeout');
        const queue = accountQueue(stage.deployment, 'mock', 'spend');
        expect(message).toContain('not healthy within startupTimeout 6s');
        expect(message).toContain(queue);
        expect(report.evidence).toBe('no create was sent, or each was refused for sure');
        expect(report.attempts.length).toBeGreaterThanOrEqual(2);
        for (const attempt of report.attempts) expect(attempt).toMatchObject({ outcome: 'refused' });
      });
      expect(cloud.calls.endPods).toEqual([]);
    },
    { roles: ['workflows', 'keep'] },
  );
});

test('of more creates than slots none fails its claim, however often they wait in vain', async () => {
  await onDevServer(
    async (stage) => {
      const opened = gate();
      const clouds = Array.from({ length: 6 }, () =>
        mockCloud({ settings: { createScheduleToStartMs: 500, createBackoffMs: 100 } }, (calm) => ({
          createPod: async (input) => {
            await opened.passed;
            return await calm.createPod(input);
          },
        })),
      );
      const claims = await Promise.all(clouds.map(async (cloud) => await startClaim(stage, cloud)));
      // Two of them are being created; the others have waited in vain twice or more.
      const waited = async () => {
        const infos = await Promise.all(claims.map(async (claim) => await infoOf(claim)));
        return infos.filter(({ attempts }) => attempts.length >= 3).length === 4;
      };
      await until('four have waited in vain', waited);
      opened.open();
      for (const claim of claims) await reached(claim, 'healthy');
      for (const claim of claims) await claim.signal(releaseSignal);
      for (const claim of claims) expect((await claim.result()).report.phase).toBe('terminated');
      // However many numbers a claim went through, one request was sent for it.
      expect(clouds.map(({ calls }) => calls.createPod.length)).toEqual([1, 1, 1, 1, 1, 1]);
    },
    { spend: { maxConcurrentActivityTaskExecutions: 2 } },
  );
});

test('an end that no worker takes raises alarms too, and goes on when one comes', async () => {
  await onDevServer(
    async (stage) => {
      const cloud = mockCloud({ settings: { alarmAfterMs: [500, 1_500] } });
      await withClaim(stage, cloud, async (claim) => {
        await reached(claim, 'booting');
        await claim.signal(releaseSignal);
        await until('it raised two alarms', async () => (await infoOf(claim)).debts[0]?.alarms === 2);
        expect(cloud.calls.endPods).toEqual([]);
        const { env, deployment, clouds } = stage;
        const late = await openStage(env, { deployment, clouds, roles: ['keep'] });
        try {
          const { report, events } = await claim.result();
          expect(report.evidence).toBe('seen no more');
          expect(messagesOf({ events }, 'alarm')).toHaveLength(2);
        } finally {
          await late.close();
        }
      });
    },
    { roles: ['workflows', 'spend'] },
  );
});

test('a cancel during the admission: what was created by then is ended', async () => {
  await onDevServer(async (stage) => {
    const admitted = gate();
    const cloud = mockCloud({}, (calm) => ({
      admitClaim: async (input) => {
        await admitted.passed;
        return await calm.admitClaim(input);
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      await until('the admission is running', () => cloud.calls.admitClaim.length === 1);
      await claim.cancel();
      admitted.open();
      expect(await cancelledReport(claim)).toMatchObject({ phase: 'terminated', end: { reason: 'cancelled' } });
    });
  });
});

test('deadlines count from the start, however late the first task comes', async () => {
  await onDevServer(async (stage) => {
    const cloud = mockCloud();
    const deployment = `${stage.deployment.slice(0, 6)}s`;
    const claim = await startClaim({ ...stage, deployment }, cloud);
    await delay(1_000);
    const late = await openStage(stage.env, { deployment, clouds: stage.clouds });
    await reached(claim, 'healthy');
    const { startTime } = await claim.describe();
    const { claimedAt, deadlines, attempts } = await infoOf(claim);
    expect(claimedAt).toBe(startTime.toISOString());
    expect(between(claimedAt, deadlines.lifetime)).toBe(4 * HOUR);
    expect(between(claimedAt, attempts[0]?.startedAt ?? null)).toBeGreaterThanOrEqual(1_000);
    await claim.signal(releaseSignal);
    await claim.result();
    await late.close();
    expect(cloud.living).toEqual([]);
  });
});

test('a touch before the claim is admitted is rejected', async () => {
  await onDevServer(async (stage) => {
    const cloud = mockCloud();
    const deployment = `${stage.deployment.slice(0, 6)}l`;
    const claim = await startClaim({ ...stage, deployment }, cloud);
    const touched = expectRejection(
      claim.executeUpdate(touchUpdate, { args: [null] }),
      'conflict',
      /^the claim is not admitted yet/,
    );
    const late = await openStage(stage.env, { deployment, clouds: stage.clouds });
    await touched;
    await claim.signal(releaseSignal);
    await claim.result();
    await late.close();
    expect(cloud.living).toEqual([]);
  });
});

test('a touch after the deadline is rejected, even if the workflow could not yet act on the deadline', async () => {
  await onDevServer(async (elsewhere) => {
    const cloud = mockCloud({ spec: { idleTimeoutMs: 4_000 } });
    const { env } = elsewhere;
    const first = await openStage(env, { workflows: { maxCachedWorkflows: 0 } });
    const claim = await startClaim(first, cloud);
    await reached(claim, 'healthy');
    const { idle } = (await infoOf(claim)).deadlines;
    await first.close();
    await delay(Math.max(0, Date.parse(idle ?? '') + 100 - Date.now()));

    const touched = expectRejection(
      claim.executeUpdate(touchUpdate, { args: [null] }),
      'conflict',
      /^touched too late: the deadline was /,
    );
    const second = await openStage(env, { deployment: first.deployment, clouds: first.clouds });
    await touched;
    expect((await claim.result()).report.end.reason).toBe('idle');
    await second.close();
    expect(cloud.living).toEqual([]);
  });
});

test('an end that fails by a bug fails the workflow task, instead of stopping without a trace', async () => {
  await onDevServer(async (stage) => {
    const cloud = mockCloud({}, () => ({
      endPods: async () => await Promise.resolve({ outcome: 'cleared' } as EndOutcome),
    }));
    const claim = await startClaim(stage, cloud);
    await reached(claim, 'healthy');
    await claim.signal(releaseSignal);
    await until('a workflow task has failed', async () => (await eventTypesOf(claim)).includes('WORKFLOW_TASK_FAILED'));
    await claim.terminate();
  });
});
