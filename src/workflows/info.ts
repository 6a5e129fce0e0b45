import { idleDeadline, iso, isoOrNull, lifetimeDeadline, meter, specOfOffer, startupDeadline } from '../model';
import type { ClaimCost, ClaimDeadlines, ClaimInfo, ClaimMemo, Debt, SearchableFacts } from '../model';
import type { ClaimState } from './claimState';
import { endAcceptedIn, evidenceIn, listedDebts } from './debtBook';
import { failuresIn } from './journal';

/**
 * The claim's cost: metered from each create's start until proof of absence, so that it is never less than the bill. It is incomplete after
 * a write-off, because nobody knows until when the pods cost money, and after a reset, because what the earlier run rented is unknown.
 */
export function costOf({ attempts, course, tenancy, terms }: ClaimState, now: number): ClaimCost {
  const { total, complete } = meter(attempts.records, now);
  const isKnown = !terms.wasReset && course.phase !== 'written_off';
  return { total, complete: complete && isKnown, hourlyPrice: tenancy.held?.pod.hourlyPrice ?? null };
}

/** The evidence of a claim that never owed anything. */
const NOTHING_OWED = 'no create was sent, or each was refused for sure';

/** The proof that nothing is left, or a note that the claim was written off; `null` before either. */
export function evidenceOf({ course, debts }: ClaimState): string | null {
  const { writeOff } = debts;
  const evidence = evidenceIn(debts);
  if (evidence !== null) return evidence;
  if (course.phase === 'written_off' && writeOff !== null)
    return `none: written off by ${writeOff.by}: ${writeOff.reason}`;
  return course.phase === 'terminated' || course.phase === 'failed' ? NOTHING_OWED : null;
}

export function debtsOf({ debts, journal }: ClaimState): Debt[] {
  return listedDebts(debts, (source) => failuresIn(journal, source));
}

export function deadlinesOf({ terms: { admission, claimedAt }, lease }: ClaimState): ClaimDeadlines {
  if (admission === null) return { startup: null, idle: null, lifetime: null };
  return {
    startup: lease.healthyAt === null ? iso(startupDeadline(claimedAt, admission)) : null,
    idle: isoOrNull(idleDeadline(lease, admission)),
    lifetime: iso(lifetimeDeadline(claimedAt, admission)),
  };
}

/** Where the pod is that the claim holds, or where its latest create was sent. */
export function placeOf({ attempts, tenancy, terms }: ClaimState): { provider: string | null; account: string | null } {
  const place = tenancy.held?.offer ?? attempts.records.at(-1) ?? terms.admission?.offers[0];
  return { provider: place?.provider ?? null, account: place?.account ?? null };
}

/** What Temporal's lists filter by, and what they return. */
export function factsOf(state: ClaimState): {
  searchable: Partial<SearchableFacts>;
  listed: Partial<ClaimMemo>;
} {
  const { admission } = state.terms;
  const { phase } = state.course;
  const pod = state.tenancy.held?.pod ?? null;
  const offer = state.tenancy.held?.offer ?? admission?.offers[0];
  const searchable = {
    phase,
    ...(admission === null || offer === undefined
      ? {}
      : { provider: offer.provider, gpu: specOfOffer(admission, offer).gpu, owner: admission.spec.owner }),
    // The last pod stays, so that its claim can still be found after the end.
    ...(pod === null ? {} : { pod: pod.name, hourlyPrice: pod.hourlyPrice }),
  };
  const address = pod?.endpoints[0]?.url ?? null;
  const { account } = placeOf(state);
  return {
    searchable,
    listed: { phase, hourlyPrice: pod?.hourlyPrice ?? null, address, ...(account === null ? {} : { account }) },
  };
}

/** The claim as the `claim` query returns it. */
export function infoOf(state: ClaimState, now: number): ClaimInfo {
  const { attempts, course, debts, journal, lease, tenancy, terms } = state;
  const { admission } = terms;
  const { provider, account } = placeOf(state);
  return {
    id: terms.claim,
    deployment: terms.deployment,
    phase: course.phase,
    provider,
    account,
    owner: admission?.spec.owner ?? null,
    spec: admission?.spec ?? null,
    specDigest: admission?.specDigest ?? null,
    tokenVersion: admission?.tokenVersion,
    pod: tenancy.held?.pod ?? null,
    claimedAt: iso(terms.claimedAt),
    healthyAt: isoOrNull(lease.healthyAt),
    touchedAt: isoOrNull(lease.touchedAt),
    end: course.end,
    endAcceptedAt: isoOrNull(endAcceptedIn(debts)),
    deadlines: deadlinesOf(state),
    cost: costOf(state, now),
    attempts: attempts.records,
    debts: debtsOf(state),
    events: journal.events,
  };
}
