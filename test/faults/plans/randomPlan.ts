import { SeededRandom, faultPlan } from '../../../src/simulator';
import type { Fault, FaultKind, PodScript } from '../../../src/simulator';
import type { Action, Deed, Plan, PlannedClaim } from './plan';

/**
 * What is left out of random plans, since no promise covers it:
 *
 * - **Two lists in a row that lie about a pod that lives**: absence from two complete lists past the lag *is* the proof of an end, so a cloud that hides a
 *   living pod from two of them (`gone_but_alive`, `list_omits`, `list_empty`, `not_found_then_back` on list) is believed. What
 *   comes back is without an owner, and the reaper's to end. A plan has one list that lies, and a terminated pod is hidden for less than the time between
 *   two tries of an end.
 * - **A pod that shows up later than the stated lag, when its claim is over**: the reaper's, too. Late commits and list lags add up to the stated lag at
 *   most; a later one is planned only for a claim that lives to see it, whose sibling rule has to end it.
 */
export const LEFT_OUT = [
  'two lists in a row that hide a living pod',
  'pods that show up after the stated lag when their claim is over',
];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** All that a cloud may do within its word; lists that lie, and a pod that hides, are planned one by one. */
const KINDS: readonly FaultKind[] = [
  'executed_then_no_answer',
  'executed_then_error',
  'error',
  'no_answer',
  'refused',
  'late_commit',
  'list_lag',
  'terminate_ignored',
  'busy_until',
];

/** A random plan for virtual time. The same seed gives the same plan. */
export function randomPlan(seed: number): Plan {
  const random = new SeededRandom(seed, 'claims');
  const statedLagMs = random.pick([2, 10, 60, 60, 120]) * SECOND;
  // Half for a pod to come late, half for the list to be late.
  const half = statedLagMs / 2;
  const claims = Array.from({ length: random.between(1, 3) }, (_, index) => randomClaim(`c${index + 1}`, random));
  const actions = claims.flatMap((claim) => randomActions(claim, random));
  const isLate = random.chance(0.25);
  const faults = [
    ...faultPlan(seed, { faults: random.between(2, 10), scripts: 0, kinds: KINDS, longestMs: half })
      .faults.filter((fault) => !isLate || !endsClaims(fault))
      .map((fault) => ({ atMs: randomMoment(random), fault })),
    ...(random.chance(0.7) ? [{ atMs: randomMoment(random), fault: lyingList(random) }] : []),
    ...(random.chance(0.3) ? [{ atMs: 0, fault: hidingPod(random) }] : []),
  ];
  const scripts = faultPlan(seed, { faults: 0, scripts: random.between(0, 4), longestMs: 12 * MINUTE }).scripts.map(
    (script): PodScript => ({ ...script, match: { ...script.match, name: /-c\d-/ } }),
  );
  const revoked =
    !isLate && random.chance(0.25)
      ? [{ atMs: random.between(0, 15) * MINUTE, forMs: random.between(5, 300) * SECOND }]
      : [];
  const late = isLate ? lateComer(statedLagMs, random) : { claims: [], actions: [], faults: [], scripts: [] };
  return {
    seed,
    cloud: {
      statedLagMs,
      listLagMs: random.chance(0.5) ? random.between(0, half) : 0,
      creatingMs: random.pick([0, 0, 20 * SECOND]),
      terminatingMs: random.pick([0, 0, 5 * SECOND, 40 * SECOND]),
      endedShownMs: random.pick([0, 0, 30 * SECOND, Infinity]),
    },
    faults: [...faults, ...late.faults],
    wire: [],
    revoked,
    scripts: [...scripts, ...late.scripts],
    claims: [...claims, ...late.claims],
    actions: [...actions, ...late.actions],
    calmAtMs: random.between(20, 30) * MINUTE,
  };
}

function randomClaim(id: string, random: SeededRandom): PlannedClaim {
  const startupTimeoutMs = random.between(2, 12) * MINUTE;
  return {
    id,
    startupTimeoutMs,
    maxLifetimeMs: startupTimeoutMs + random.between(0, 20) * MINUTE,
    idleTimeoutMs: random.chance(0.4) ? random.between(60, 480) * SECOND : null,
  };
}

function randomActions({ id: claim, maxLifetimeMs }: PlannedClaim, random: SeededRandom): Action[] {
  const begin = random.between(0, 120) * SECOND;
  const later = () => begin + random.between(0, maxLifetimeMs / SECOND) * SECOND;
  const some = (share: number, make: () => Action): Action[] => (random.chance(share) ? [make()] : []);
  const at = (deed: Deed) => (): Action => ({ claim, deed, atMs: later() });
  return [
    { claim, deed: 'spawn', atMs: begin },
    ...some(0.5, at('touch')),
    ...some(0.5, at('touch')),
    ...some(0.4, at('release')),
    ...some(0.25, at('cancel')),
    ...some(0.15, at('end_at_console')),
    ...some(0.4, at('spawn')),
    ...some(0.2, at('release')),
    ...some(0.3, () => ({
      claim,
      deed: random.pick<Deed>(['release', 'cancel', 'touch']),
      during: random.pick(['create', 'create', 'terminate']),
      nth: random.between(1, 4),
    })),
  ];
}

function randomMoment(random: SeededRandom): number {
  return random.chance(0.5) ? 0 : random.between(0, 900) * SECOND;
}

/** A read that is refused for good ends a claim that is about to create. */
function endsClaims(fault: Fault): boolean {
  return fault.kind === 'refused' && (fault.code === 'unauthorized' || fault.code === 'forbidden');
}

function lyingList(random: SeededRandom): Fault {
  const after = random.between(0, 12);
  return random.pick<Fault>([
    { kind: 'list_empty', after },
    { kind: 'list_omits', share: random.between(1, 9) / 10, after },
    { kind: 'not_found_then_back', on: 'list', after },
  ]);
}

function hidingPod(random: SeededRandom): Fault {
  return random.pick<Fault>([
    // Below `endBackoff`: one list doesn't show it.
    { kind: 'gone_but_alive', forMs: random.between(1, 1_500), after: random.between(0, 2) },
    { kind: 'not_found_then_back', on: ['get', 'terminate'], count: random.between(1, 3) },
  ]);
}

/** A claim that lives long enough to see what a create of its own makes after the lag. */
function lateComer(statedLagMs: number, random: SeededRandom) {
  const claim = { id: 'late', startupTimeoutMs: 15 * MINUTE, maxLifetimeMs: 30 * MINUTE, idleTimeoutMs: null };
  const lateMs = statedLagMs + random.between(5, 180) * SECOND;
  const script: PodScript = { match: { name: /-late-/ }, runningAfterMs: random.between(0, 60) * SECOND };
  const fault: Fault = { kind: 'late_commit', lateMs, name: /-late-[a-z2-7]{6}-1$/ };
  const spawn: Action = { claim: claim.id, deed: 'spawn', atMs: 0 };
  return { claims: [claim], actions: [spawn], faults: [{ atMs: 0, fault }], scripts: [script] };
}
