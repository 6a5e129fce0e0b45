import { ApplicationFailure, WorkflowContinuedAsNewError, WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { releaseSignal } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import {
  between,
  failureResult,
  infoOf,
  onDevServer,
  openStage,
  reached,
  startClaim,
  withClaim,
} from '../support/lifecycle';
import type { ClaimStart, Stage } from '../support/lifecycle';
import { HOUR, failing, failureOf, finalFailureOf, gate, inTurn, mockCloud } from '../support/mockCloud';
import { until } from '../support/until';

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

/** The failure of a claim that is refused in its first task. */
async function refusalOf(start: ClaimStart): Promise<ApplicationFailure> {
  const cloud = mockCloud();
  const claim = await startClaim(stage, cloud, start);
  const error: unknown = await claim.result().catch((failure: unknown) => failure);
  expect(cloud.calls.admitClaim).toEqual([]);
  if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) return error.cause;
  throw error;
}

describe('refused in the first task, before anybody is asked', () => {
  test.each(['render-42', 'Prod/render-42', 'prod/render_42', 'prod/-render', 'prod/a/b', `prod/${'a'.repeat(37)}`])(
    'the workflow id %s',
    async (workflowId) => {
      const { type, message, nonRetryable } = await refusalOf({ workflowId });
      expect({ type, nonRetryable }).toEqual({ type: 'validation', nonRetryable: true });
      expect(message).toContain(`workflow id '${workflowId}' is not <deployment>/<claim id>`);
    },
  );

  test('a cron schedule, again and again', async () => {
    // The time-skipping server loses a failing run of a cron schedule.
    await onDevServer(async (real) => {
      const cloud = mockCloud();
      const { workflowId, firstExecutionRunId } = await startClaim(real, cloud, { cronSchedule: '@every 1s' });
      const firstRun = real.env.client.workflow.getHandle(workflowId, firstExecutionRunId, { followRuns: false });
      await expect(firstRun.result()).rejects.toThrow(WorkflowContinuedAsNewError);
      const { events } = await firstRun.fetchHistory();
      const failure = events?.at(-1)?.workflowExecutionFailedEventAttributes?.failure;
      expect(failure?.applicationFailureInfo?.type).toBe('validation');
      expect(failure?.message).toMatch(/^a claim has no cron schedule: /);
      expect(cloud.calls.admitClaim).toEqual([]);
      await real.env.client.workflow.getHandle(workflowId).terminate();
    });
  });

  test('a workflow retry policy', async () => {
    const { type, message } = await refusalOf({ retry: { maximumAttempts: 2 } });
    expect(type).toBe('validation');
    expect(message).toMatch(/^a claim has no workflow retry policy: /);
  });
});

test('a claim that is not admitted fails with the kind and the message of the refusal', async () => {
  const cloud = mockCloud({}, () => ({ admitClaim: failing(() => finalFailureOf('validation')) }));
  await withClaim(stage, cloud, async (claim) => {
    const { kind, message, report } = await failureResult(claim);
    expect({ kind, message }).toEqual({ kind: 'validation', message: 'given up as validation' });
    expect(report).toMatchObject({
      phase: 'failed',
      end: { reason: 'failed', kind: 'validation' },
      evidence: 'no create was sent, or each was refused for sure',
      provider: null,
      account: null,
      attempts: [],
    });
  });
  expect(cloud.calls.createPod).toEqual([]);
});

test('a refusal of no known kind is unknown; a failure that may pass is tried again', async () => {
  const strange = mockCloud({}, () => ({
    admitClaim: failing(() => ApplicationFailure.nonRetryable('no such table', 'SqlError')),
  }));
  await withClaim(stage, strange, async (claim) => {
    expect(await failureResult(claim)).toMatchObject({ kind: 'unknown', message: 'no such table' });
  });

  const passing = mockCloud({}, (calm) => ({
    admitClaim: inTurn(
      failing(() => failureOf('unknown')),
      calm.admitClaim,
    ),
  }));
  await withClaim(stage, passing, async (claim) => {
    expect((await claim.result()).report.end.reason).toBe('lifetime');
  });
  expect(passing.calls.admitClaim).toHaveLength(2);
});

test('the admission is asked with the spec as it came in, and with what the names are made of', async () => {
  const cloud = mockCloud();
  const spec = { gpu: 'h100', anything: ['else'] };
  await withClaim(
    stage,
    cloud,
    async (claim) => {
      await reached(claim, 'healthy');
      const { runId, workflowId } = await claim.describe();
      expect(cloud.calls.admitClaim).toEqual([
        { deployment: stage.deployment, claim: workflowId.split('/')[1], firstRunId: runId, spec },
      ]);
      await claim.signal(releaseSignal);
      await claim.result();
    },
    { input: { spec } },
  );
});

test('the memo says from the first task on what the second line of defence has to know', async () => {
  const created = gate();
  const cloud = mockCloud({ spec: { maxLifetimeMs: HOUR } }, (calm) => ({
    createPod: async (input) => {
      await created.passed;
      return await calm.createPod(input);
    },
  }));
  await withClaim(stage, cloud, async (claim) => {
    await until('the create is running', () => cloud.calls.createPod.length === 1);
    const { memo } = await claim.describe();
    expect(memo).toMatchObject({ account: 'mock', specDigest: 'digest' });
    const { claimedAt, deadlines } = await infoOf(claim);
    expect(memo?.notAfter).toBe(deadlines.lifetime);
    expect(between(claimedAt, deadlines.lifetime)).toBe(HOUR);
    created.open();
    await reached(claim, 'healthy');
    await claim.signal(releaseSignal);
    await claim.result();
  });
});
