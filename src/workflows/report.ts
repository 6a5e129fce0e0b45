import type { ClaimReport, ClaimResult, EndDecision } from '../model';
import type { Claim } from './claim';
import { costOf, evidenceOf, iso } from './claimState';
import { moveTo } from './phases';

/** Closes the claim: its final phase, report and last events. */
export function reportOf(claim: Claim): ClaimResult {
  const { state } = claim;
  const end: EndDecision = state.end ?? { reason: 'failed', message: 'ended without a decision', at: iso(claim.now) };
  const phase = finalPhase(claim, end);
  moveTo(state, phase);
  const cost = costOf(state, claim.now);
  state.pod = null;
  claim.log('ended', `${phase}: ${end.message}`);
  claim.publish();
  return {
    report: {
      id: state.claim,
      deployment: state.deployment,
      phase,
      end,
      evidence: evidenceOf(state) ?? 'nothing was ever created',
      provider: state.admission?.provider ?? null,
      account: state.admission?.account ?? null,
      owner: state.admission?.spec.owner ?? null,
      claimedAt: iso(state.claimedAt),
      healthyAt: state.healthyAt === null ? null : iso(state.healthyAt),
      endedAt: iso(claim.now),
      durationMs: claim.now - state.claimedAt,
      cost,
      attempts: state.attempts,
      writeOff: state.writeOff,
    },
    events: state.events,
  };
}

/** When debts that were written off are later proven with the rest, nothing is left unproven. */
function finalPhase({ state }: Claim, end: EndDecision): ClaimReport['phase'] {
  if (state.writeOff !== null && state.evidence === null) return 'written_off';
  return end.reason === 'failed' ? 'failed' : 'terminated';
}
