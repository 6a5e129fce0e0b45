import { SeededRandom, faultPlan } from '../../../src/simulator';
import type { Fault, FaultKind, PodScript } from '../../../src/simulator';
import type { Action, Plan, PlannedClaim, Upset } from './plan';
import { burstPlan } from './burstPlan';
import { randomActions, randomClaim } from './randomClaims';
import { hidingLists, hidingPod, lyingList } from './randomLists';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** All that a cloud may do within its word; see `LEFT_OUT`. Lists that leave pods out, and a pod that hides, are planned one by one. */
const KINDS: readonly FaultKind[] = [
  'executed_then_no_answer',
  'executed_then_error',
  'error',
  'no_answer',
  'refused',
  'terminate_ignored',
  'busy_until',
];
/** What takes its part of the stated lag: the half of it at most for a pod to come late, the other for the list to be late. */
const LATE_KINDS: readonly FaultKind[] = ['late_commit', 'list_lag'];
/**
 * How the lists of a plan leave pods out. `late`: new ones are shown later, and come later. `lying`: one list leaves some out, or a pod hides that is
 * told to end. `hiding`: again and again, for a stretch of time. Never two of them: together they would leave a pod out for longer than the lag.
 */
type Lists = 'late' | 'lying' | 'hiding';
/** What servers ask for that nobody can wait for, ms: three hours, a day, three years. */
const ABSURD_WAITS = [3 * 60 * MINUTE, 24 * 60 * MINUTE, 99_999_999 * SECOND];

/** A random plan for virtual time. The same seed gives the same plan; one seed in ten is a burst. */
export function randomPlan(seed: number): Plan {
  const random = new SeededRandom(seed, 'claims');
  if (seed % 10 === 0) return burstPlan(seed, random);
  const statedLagMs = random.pick([2, 10, 60, 60, 120]) * SECOND;
  const half = statedLagMs / 2;
  const claims = Array.from({ length: random.between(1, 3) }, (_, index) => randomClaim(`c${index + 1}`, random));
  const actions = claims.flatMap((claim) => randomActions(claim, random));
  const calmAtMs = random.between(20, 30) * MINUTE;
  const lists = random.pick<Lists>(['late', 'late', 'lying', 'hiding', 'hiding']);
  const isLate = lists === 'late' && random.chance(0.5);
  const listLagMs = lists === 'late' ? random.between(0, half) : 0;
  const kinds = lists === 'late' ? [...KINDS, ...LATE_KINDS] : KINDS;
  const planned = faultPlan(seed, { faults: random.between(2, 8), scripts: 0, kinds, longestMs: half });
  const faults = [
    ...planned.faults
      .filter((fault) => !isLate || !endsClaims(fault))
      .map((fault) => ({ atMs: randomMoment(random), fault })),
    ...omissions(lists, statedLagMs, calmAtMs, random),
    ...(random.chance(0.4) ? [{ atMs: randomMoment(random), fault: absurdWait(random) }] : []),
  ];
  const scripts = faultPlan(seed, { faults: 0, scripts: random.between(0, 4), longestMs: 12 * MINUTE }).scripts.map(
    (script): PodScript => ({ ...script, match: { ...script.match, name: /-c\d-/ } }),
  );
  const revoked =
    !isLate && random.chance(0.25)
      ? [{ atMs: random.between(0, 15) * MINUTE, forMs: random.between(5, 300) * SECOND }]
      : [];
  const late = isLate ? lateComer(statedLagMs, random) : { claims: [], actions: [], faults: [], scripts: [] };
  const story = random.chance(0.3)
    ? forgottenPod(claims[0]?.id ?? '', random)
    : { actions: [], faults: [], upsets: [] };
  const upsets = random.chance(0.5) ? Array.from({ length: random.between(1, 2) }, () => randomUpset(random)) : [];
  return {
    seed,
    cloud: {
      statedLagMs,
      listLagMs,
      creatingMs: random.pick([0, 0, 20 * SECOND]),
      terminatingMs: random.pick([0, 0, 5 * SECOND, 40 * SECOND]),
      endedShownMs: random.pick([0, 0, 30 * SECOND, Infinity]),
    },
    faults: [...faults, ...late.faults, ...story.faults],
    wire: [],
    revoked,
    scripts: [...scripts, ...late.scripts],
    claims: [...claims, ...late.claims],
    actions: [...actions, ...late.actions, ...story.actions],
    upsets: [...upsets, ...story.upsets].filter((upset) => !isLate || upset.what === 'worker_lost'),
    calmAtMs,
  };
}

function randomMoment(random: SeededRandom): number {
  return random.chance(0.5) ? 0 : random.between(0, 900) * SECOND;
}

/** A read that is refused for good ends a claim that is about to create. */
function endsClaims(fault: Fault): boolean {
  return fault.kind === 'refused' && (fault.code === 'unauthorized' || fault.code === 'forbidden');
}

function omissions(lists: Lists, lagMs: number, untilMs: number, random: SeededRandom): Plan['faults'] {
  if (lists === 'late') return [];
  if (lists === 'hiding') return hidingLists(lagMs, untilMs, random.between(0, 90) * SECOND, random);
  const fault = random.chance(0.5) ? lyingList(random) : hidingPod(lagMs, random);
  return [{ atMs: randomMoment(random), fault }];
}

function absurdWait(random: SeededRandom): Fault {
  return {
    kind: 'refused',
    on: random.pick(['create', 'list', 'list', 'terminate']),
    code: 'rate_limited',
    retryAfterMs: random.pick(ABSURD_WAITS),
    after: random.between(0, 6),
    count: random.between(1, 2),
  };
}

function randomUpset(random: SeededRandom): Upset {
  const at = { after: random.pick<Upset['after']>(['create', 'terminate', 'terminate']), nth: random.between(1, 3) };
  return random.pick<Upset>([
    { ...at, what: 'worker_lost' },
    { ...at, what: 'worker_lost' },
    { ...at, what: 'key_revoked', forMs: random.between(5, 120) * SECOND },
    { ...at, what: 'fault', fault: forbiddenList(random) },
  ]);
}

function forbiddenList(random: SeededRandom): Fault {
  return { kind: 'refused', on: 'list', code: 'forbidden', count: random.between(1, 3) };
}

/** A pod that the claim never heard of is found by its end, which is upset right after its delete. */
function forgottenPod(claim: string, random: SeededRandom): Pick<Plan, 'actions' | 'faults' | 'upsets'> {
  const kind = random.pick<'executed_then_no_answer' | 'executed_then_error'>([
    'executed_then_no_answer',
    'executed_then_error',
  ]);
  const at = { after: 'terminate', nth: 1 } as const;
  return {
    faults: [{ atMs: 0, fault: { kind, on: 'create', count: 2 } }],
    actions: [{ claim, deed: random.pick(['release', 'cancel']), during: 'create', nth: random.between(1, 2) }],
    upsets: [
      random.pick<Upset>([
        { ...at, what: 'worker_lost' },
        { ...at, what: 'fault', fault: forbiddenList(random) },
        { ...at, what: 'key_revoked', forMs: 30 * SECOND },
      ]),
    ],
  };
}

/** A claim that lives long enough to see what a create of its own makes after the lag. */
function lateComer(statedLagMs: number, random: SeededRandom) {
  const claim: PlannedClaim = {
    id: 'late',
    startupTimeoutMs: 15 * MINUTE,
    maxLifetimeMs: 30 * MINUTE,
    idleTimeoutMs: null,
    maxHourlyPrice: null,
  };
  const lateMs = statedLagMs + random.between(5, 180) * SECOND;
  const script: PodScript = { match: { name: /-late-/ }, runningAfterMs: random.between(0, 60) * SECOND };
  const fault: Fault = { kind: 'late_commit', lateMs, name: /-late-[a-z2-7]{6}-1$/ };
  const spawn: Action = { claim: claim.id, deed: 'spawn', atMs: 0 };
  return { claims: [claim], actions: [spawn], faults: [{ atMs: 0, fault }], scripts: [script] };
}
