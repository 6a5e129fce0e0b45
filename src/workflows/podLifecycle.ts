import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  allHandlersFinished,
  condition,
  log,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { isErrorKind, messageOf, parseWorkflowId } from '../model';
import type { ClaimMemo, ClaimResult } from '../model';
import { Claim } from './claim';
import { idleDeadline, infoOf, iso, lifetimeDeadline, newClaimState } from './claimState';
import { claimQuery, isMeantFor, lifeOverMessage, releaseSignal, touchUpdate, writeOffUpdate } from './definitions';
import type { PodLifecycleInput } from './definitions';
import { temporalDisplay } from './display';
import { endClaim, resumeTerminations, suspend, writeOff } from './terminations';
import { boot, guardStartup, keep } from './keep';
import { notifyParent } from './parent';
import { moveTo } from './phases';
import { admission, continueClaim, shielded, stoppable, untilStopped } from './proxies';
import { reportOf } from './report';
import { spawn } from './spawn';

/**
 * One pod's life: admit, spawn, wait until healthy, keep, end until proven absent, report.
 *
 * Completes with a {@link ClaimResult} for every end that was decided. When no pod became healthy, it fails with an `ApplicationFailure`
 * whose type is an error kind and whose details are the result. A cancel ends the pod first; then the workflow closes as cancelled, with
 * the report in its memo.
 */
export async function podLifecycle(input: PodLifecycleInput): Promise<ClaimResult> {
  const claim = new Claim(
    input.resumed ?? openState(),
    temporalDisplay({ isSearchable: input.searchAttributes === true }),
  );
  if (claim.isReset) claim.state.wasReset = true;
  installHandlers(claim);
  claim.show();
  // From here on a cancel decides the end like any other reason. It cancels no scope of ours.
  CancellationScope.current().cancelRequested.catch(() => {
    claim.decideEnd('cancelled', 'the workflow was cancelled');
  });
  const next = await shielded(() => live(claim, input));
  if (next === 'continue') {
    await shielded(() => condition(allHandlersFinished));
    claim.log('continued', 'the history has grown long: a new run takes over');
    await continueClaim({ ...input, resumed: claim.state });
  }
  return close(claim);
}

function openState() {
  const info = workflowInfo();
  const id = parseWorkflowId(info.workflowId);
  if (id === undefined) {
    throw refusal(
      `workflow id '${info.workflowId}' is not <deployment>/<claim id>: a deployment has 1-8 characters a-z 0-9, a claim id up to 36 characters a-z 0-9 with single hyphens inside`,
    );
  }
  if (info.cronSchedule !== undefined && info.cronSchedule !== '') {
    throw refusal(
      'a claim has no cron schedule: its runs would share their pods’ names. Start a claim from a scheduled workflow of your own',
    );
  }
  if (info.retryPolicy !== undefined) {
    throw refusal(
      'a claim has no workflow retry policy: its runs would share their pods’ names. Spawn again under the same id instead',
    );
  }
  // The start of the run, not of its first task: a reset gives the task a new start time, and would move every deadline.
  return newClaimState(id.deployment, id.claim, info.startTime.getTime());
}

function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'validation', message, nonRetryable: true });
}

function installHandlers(claim: Claim): void {
  const { state } = claim;
  const { firstExecutionRunId: life } = workflowInfo();
  setHandler(claimQuery, () => infoOf(state, claim.now), { description: 'The claim as it stands' });
  setHandler(
    releaseSignal,
    (message, meant) => {
      if (!isMeantFor(life, meant)) return log.info('a release of an earlier life was ignored', { meant });
      claim.decideEnd('released', typeof message === 'string' && message !== '' ? message : 'released');
    },
    { description: 'Ends the claim' },
  );
  setHandler(
    touchUpdate,
    () => {
      state.touchedAt = claim.now;
      claim.show();
      const idle = idleDeadline(state, claim.admission);
      const lifetime = lifetimeDeadline(state, claim.admission);
      return { idleDeadline: idle === null ? null : iso(Math.min(idle, lifetime)), lifetimeDeadline: iso(lifetime) };
    },
    {
      validator: (meant) => {
        refuseOtherLife(claim, life, meant);
        refuseLateTouch(claim);
      },
      description: 'Renews the lease',
    },
  );
  setHandler(
    writeOffUpdate,
    ({ by, reason }) => {
      state.writeOff = { by, reason, at: iso(claim.now), debts: infoOf(state, claim.now).debts };
      claim.log('written_off', `written off by ${by}: ${reason}`);
      writeOff(claim);
    },
    {
      validator: (request, meant) => {
        refuseOtherLife(claim, life, meant);
        refuseWriteOff(claim, request);
      },
      description: 'Closes open debts without proof',
    },
  );
}

function refuseOtherLife(claim: Claim, life: string, meant: unknown): void {
  if (!isMeantFor(life, meant)) throw conflict(lifeOverMessage(claim.state.claim));
}

function refuseLateTouch(claim: Claim): void {
  const { state } = claim;
  if (state.end !== null) throw conflict(`the claim is ending since ${state.end.at}: ${state.end.message}`);
  if (state.admission === null) throw conflict('the claim is not admitted yet: touch it again in a moment');
  const deadline = Math.min(idleDeadline(state, state.admission) ?? Infinity, lifetimeDeadline(state, state.admission));
  if (deadline <= claim.now) throw conflict(`touched too late: the deadline was ${iso(deadline)}`);
}

function refuseWriteOff(claim: Claim, request: { by: string; reason: string } | undefined): void {
  for (const field of ['by', 'reason'] as const) {
    const value: unknown = request?.[field];
    if (typeof value !== 'string' || value.trim() === '')
      throw refusal(`${field}: must be a few words; the report shows them`);
  }
  if (claim.state.phase !== 'ending') {
    throw conflict(`nothing to write off: the claim is ${claim.state.phase}. Terminate it first`);
  }
  if (claim.state.terminations.length === 0) throw conflict('nothing to write off: no end is open');
}

function conflict(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'conflict', message, nonRetryable: true });
}

async function live(claim: Claim, input: PodLifecycleInput): Promise<'over' | 'continue'> {
  resumeTerminations(claim);
  if (claim.state.admission === null && !claim.isEnding) await admit(claim, input);
  if (!claim.isEnding && claim.state.phase !== 'healthy') await reachHealthy(claim, input);
  if (!claim.isEnding && claim.state.pod !== null && (await keep(claim, claim.state.pod)) === 'continue') {
    await suspend(claim);
    return 'continue';
  }
  return (await endClaim(claim)) === 'continue' ? 'continue' : 'over';
}

async function admit(claim: Claim, input: PodLifecycleInput): Promise<void> {
  const { state } = claim;
  const { firstExecutionRunId } = workflowInfo();
  try {
    const { admitClaim } = admission();
    state.admission = await admitClaim({
      deployment: state.deployment,
      claim: state.claim,
      firstRunId: firstExecutionRunId,
      spec: input.spec,
      encoding: input.encoding,
    });
  } catch (error) {
    const { kind, message } = failureOf(error);
    return claim.fail(kind, message);
  }
  const { account, specDigest, spec } = state.admission;
  // Read by the reaper and by lists, without a query.
  const memo: Partial<ClaimMemo> = {
    notAfter: iso(lifetimeDeadline(state, state.admission)),
    account,
    specDigest,
    owner: spec.owner,
    phase: claim.isEnding ? state.phase : 'spawning',
  };
  upsertMemo(memo);
  claim.log('claimed', `admitted to account ${account}`);
}

function failureOf(error: unknown) {
  const cause = error instanceof Error && error.cause instanceof ApplicationFailure ? error.cause : error;
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  return { kind: isErrorKind(type) ? type : ('unknown' as const), message: messageOf(cause) };
}

async function reachHealthy(claim: Claim, input: PodLifecycleInput): Promise<void> {
  const guard = stoppable(() => guardStartup(claim));
  const guarded = untilStopped(guard);
  moveTo(claim.state, 'spawning');
  while (!claim.isEnding && claim.state.phase !== 'healthy') {
    await spawn(claim);
    if (claim.state.pod !== null) await boot(claim, claim.state.pod);
  }
  guard.stop();
  await guarded;
  if (!claim.isEnding && input.notifyParent === true) notifyParent(claim);
}

/** Closes the workflow in Temporal's form for each kind of end. */
function close(claim: Claim): ClaimResult {
  const { state } = claim;
  const result = reportOf(claim);
  // After a continue-as-new, the run that closes isn't the one that was cancelled, so it completes.
  if (state.end?.reason === 'cancelled' && CancellationScope.current().consideredCancelled) {
    // A cancelled workflow has no result, and the TypeScript SDK's failure carries no details.
    upsertMemo({ report: result.report });
    throw new CancelledFailure(`cancelled: ${result.report.evidence}`);
  }
  if (state.end?.reason === 'failed') {
    throw ApplicationFailure.create({
      type: state.end.kind ?? 'unknown',
      message: state.end.message,
      nonRetryable: true,
      details: [result],
    });
  }
  return result;
}
