import { iso } from '../model';
import type { ClaimReport, ClaimResult, EndDecision } from '../model';
import type { Claim } from './claim';
import type { ClaimState } from './claimState';
import { evidenceIn } from './debtBook';
import { costOf, evidenceOf, placeOf } from './info';

/** Closes the claim: its final phase, report and last events. */
export function reportOf({ course, journal, tenancy }: Claim, state: ClaimState): ClaimResult {
  const now = Date.now();
  const { attempts, debts, lease, terms } = state;
  const { admission } = terms;
  const place = placeOf(state);
  const end: EndDecision = course.end ?? { reason: 'failed', message: 'ended without a decision', at: iso(now) };
  const phase = finalPhase(debts, end);
  course.moveTo(phase);
  const cost = costOf(state, now);
  tenancy.close();
  journal.log('ended', `${phase}: ${end.message}`);
  journal.publish();
  return {
    report: {
      id: terms.claim,
      deployment: terms.deployment,
      phase,
      end,
      evidence: evidenceOf(state) ?? 'none',
      ...place,
      owner: admission?.spec.owner ?? null,
      claimedAt: iso(terms.claimedAt),
      healthyAt: lease.healthyAt === null ? null : iso(lease.healthyAt),
      endedAt: iso(now),
      durationMs: now - terms.claimedAt,
      cost,
      attempts: attempts.records,
      writeOff: debts.writeOff,
    },
    events: state.journal.events,
  };
}

/** When debts that were written off are later proven with the rest, nothing is left unproven. */
function finalPhase(debts: ClaimState['debts'], end: EndDecision): ClaimReport['phase'] {
  if (debts.writeOff !== null && evidenceIn(debts) === null) return 'written_off';
  return end.reason === 'failed' ? 'failed' : 'terminated';
}
