import { SeededRandom, faultPlan } from '../../../src/simulator';
import type { FaultKind } from '../../../src/simulator';
import { wirePlan } from '../../../src/testing/fakeCloud';
import { wireBurstPlan } from './burstPlan';
import type { Action, Deed, Holder, Plan, PlannedClaim } from './plan';
import { hidingLists } from './randomLists';
import { WIRE_SETTINGS } from './wireStage';

const SECOND = 1_000;

/** What a cloud may do within its word; see `LEFT_OUT`. */
const KINDS: readonly FaultKind[] = [
  'executed_then_no_answer',
  'executed_then_error',
  'error',
  'no_answer',
  'refused',
  'terminate_ignored',
  'busy_until',
  'slow',
];
/** Each takes its half of the stated lag. */
const LATE_KINDS: readonly FaultKind[] = ['late_commit', 'list_lag'];

/** A random plan for a wire, whose seconds are real. The same seed gives the same plan; one seed in ten is a burst. */
export function randomWirePlan(seed: number): Plan {
  const random = new SeededRandom(seed, 'wire claims');
  if (seed % 10 === 0) return wireBurstPlan(seed, random);
  const { listLagMs: statedLagMs } = WIRE_SETTINGS;
  const half = statedLagMs / 2;
  const claims = Array.from({ length: random.between(1, 3) }, (_, index) => randomClaim(`c${index + 1}`, random));
  const moment = () => random.between(0, 60) * 100;
  const isHiding = random.chance(0.4);
  const kinds = isHiding ? KINDS : [...KINDS, ...LATE_KINDS];
  return {
    seed,
    cloud: {
      statedLagMs,
      listLagMs: !isHiding && random.chance(0.5) ? random.between(0, half) : 0,
      terminatingMs: random.pick([0, 500]),
      endedShownMs: random.pick([0, 0, 1_000]),
      // Long enough for what a user does to fall into calls.
      latencyMs: random.pick([10, 100, 400]),
      latencyJitter: 0.5,
    },
    faults: [
      ...faultPlan(seed, { faults: random.between(0, 4), scripts: 0, kinds, longestMs: half })
        .faults.filter(({ kind }) => kind !== 'refused' || random.chance(0.5))
        .map((fault) => ({ atMs: moment(), fault })),
      // A life is too short for more than one.
      ...(isHiding ? hidingLists(statedLagMs, 9 * SECOND, moment(), random).slice(0, 1) : []),
    ],
    wire: wirePlan(seed, { faults: random.between(2, 8), spread: 8, most: 2 }).map((injection) => ({
      atMs: moment(),
      ...injection,
    })),
    revoked: random.chance(0.2) ? [{ atMs: moment(), forMs: random.between(200, 2_000) }] : [],
    scripts: faultPlan(seed, { faults: 0, scripts: random.between(0, 3), longestMs: 6 * SECOND }).scripts.map(
      (script) => ({ ...script, match: { ...script.match, name: /-c\d-/ } }),
    ),
    claims,
    actions: claims.flatMap((claim) => randomActions(claim, random)),
    upsets: [],
    calmAtMs: 9 * SECOND,
  };
}

function randomClaim(id: string, random: SeededRandom): PlannedClaim {
  const startupTimeoutMs = random.between(5, 12) * SECOND;
  return {
    id,
    startupTimeoutMs,
    maxLifetimeMs: startupTimeoutMs + random.between(0, 5) * SECOND,
    idleTimeoutMs: random.chance(0.3) ? random.between(1, 4) * SECOND : null,
    maxHourlyPrice: null,
  };
}

function randomActions({ id: claim }: PlannedClaim, random: SeededRandom): Action[] {
  const begin = random.between(0, 20) * 100;
  const later = () => begin + random.between(0, 70) * 100;
  const by = () => random.pick<Holder>(['own', 'own', 'second', 'kept']);
  const some = (share: number, deed: Deed): Action[] =>
    random.chance(share) ? [{ claim, deed, by: by(), atMs: later() }] : [];
  return [
    { claim, deed: 'spawn', atMs: begin },
    ...some(0.4, 'touch'),
    ...some(0.4, 'touch'),
    ...some(0.4, 'release'),
    ...some(0.2, 'release'),
    ...some(0.25, 'cancel'),
    ...some(0.15, 'end_at_console'),
    ...some(0.4, 'spawn'),
    ...some(0.4, 'spawn'),
    ...some(0.2, 'spawn_exclusive'),
  ];
}
