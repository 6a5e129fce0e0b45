import { ApplicationFailure, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { iso } from '../model';
import type { Claim } from './claim';
import type { ClaimState } from './claimState';
import { claimQuery, isMeantFor, lifeOverMessage, releaseSignal, touchUpdate, writeOffUpdate } from './definitions';
import { infoOf } from './info';

/** Answers the query, the signal and the updates of a claim. */
export function installHandlers(claim: Claim, state: ClaimState): void {
  const { course, debts, journal, lease, terms } = claim;
  const { firstExecutionRunId: life } = workflowInfo();
  const refuseOtherLife = (meant: unknown) => {
    if (!isMeantFor(life, meant)) throw conflict(lifeOverMessage(terms.claim));
  };
  setHandler(claimQuery, () => infoOf(state, Date.now()), { description: 'The claim as it stands' });
  setHandler(
    releaseSignal,
    (message, meant) => {
      if (!isMeantFor(life, meant)) return log.info('a release of an earlier life was ignored', { meant });
      course.decideEnd('released', typeof message === 'string' && message !== '' ? message : 'released');
    },
    { description: 'Ends the claim' },
  );
  setHandler(
    touchUpdate,
    () => {
      const touched = lease.touch();
      journal.show();
      return touched;
    },
    {
      validator: (meant) => {
        refuseOtherLife(meant);
        refuseLateTouch(claim);
      },
      description: 'Renews the lease',
    },
  );
  setHandler(writeOffUpdate, ({ by, reason }) => debts.writeOff(by, reason), {
    validator: (request, meant) => {
      refuseOtherLife(meant);
      refuseWriteOff(claim, request);
    },
    description: 'Closes open debts without proof',
  });
}

function refuseLateTouch({ course: { end }, lease, terms }: Claim): void {
  if (end !== null) throw conflict(`the claim is ending since ${end.at}: ${end.message}`);
  if (!terms.isAdmitted) throw conflict('the claim is not admitted yet: touch it again in a moment');
  const { idle, lifetime } = lease.deadlines;
  const deadline = Math.min(idle ?? Infinity, lifetime);
  if (deadline <= Date.now()) throw conflict(`touched too late: the deadline was ${iso(deadline)}`);
}

function refuseWriteOff({ course, debts }: Claim, request: { by: string; reason: string } | undefined): void {
  for (const field of ['by', 'reason'] as const) {
    const value: unknown = request?.[field];
    if (typeof value !== 'string' || value.trim() === '')
      throw refusal(`${field}: must be a few words; the report shows them`);
  }
  if (course.phase !== 'ending') {
    throw conflict(`nothing to write off: the claim is ${course.phase}. Terminate it first`);
  }
  if (!debts.areOpen) throw conflict('nothing to write off: no end is open');
}

/** What the caller asked for can't be. */
export function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'validation', message, nonRetryable: true });
}

function conflict(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'conflict', message, nonRetryable: true });
}
