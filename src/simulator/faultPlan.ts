import { checkFields, checkNumber, checkWord, listOf, refuse } from './checks';
import type { Fault, FaultKind, RefusalCode } from './faults';
import type { Operation } from './operations';
import { SeededRandom } from './random';
import type { PodScript } from './script';

/** Options of a random fault plan. */
export interface FaultPlanOptions {
  /** Number of faults. Default: 8. */
  faults?: number;
  /** Number of pods with a script. Default: 4. */
  scripts?: number;
  /** The kinds of faults. Default: all except `slow`, which some test clocks can't wait for. No fault hangs or lasts forever. */
  kinds?: readonly FaultKind[];
  /** The longest duration in the plan, ms. Default: 60,000, Podkeeper's default list lag. */
  longestMs?: number;
}

/** Faults and scripts for a cloud's options: `new SimulatedCloud({ seed, ...faultPlan(seed) })`. */
export interface FaultPlan {
  /** For the option `faults` of a cloud, or for `inject`. */
  faults: Fault[];
  /** For the option `scripts` of a cloud, or for `script`. */
  scripts: PodScript[];
}
/** The default of the setting `listLagMs`. */
const LONGEST_MS = 60_000;
const CALLS: readonly Operation[] = ['create', 'get', 'list', 'terminate'];

const DEFAULT_KINDS: readonly FaultKind[] = [
  'executed_then_no_answer',
  'executed_then_error',
  'error',
  'no_answer',
  'refused',
  'late_commit',
  'list_lag',
  'list_omits',
  'list_empty',
  'list_hides',
  'not_found_then_back',
  'gone_but_alive',
  'terminate_ignored',
  'busy_until',
];

/** Makes a random fault plan. The same seed and options give the same plan. */
export function faultPlan(seed: number, options: FaultPlanOptions = {}): FaultPlan {
  checkNumber('seed', seed, { least: -Infinity, whole: true });
  checkFields('', options, ['faults', 'scripts', 'kinds', 'longestMs']);
  const { faults = 8, scripts = 4, kinds = DEFAULT_KINDS, longestMs = LONGEST_MS } = options;
  checkNumber('faults', faults, { whole: true });
  checkNumber('scripts', scripts, { whole: true });
  checkNumber('longestMs', longestMs);
  for (const [index, kind] of listOf('kinds', kinds).entries()) {
    checkWord(`kinds[${index}]`, kind ?? null, [...DEFAULT_KINDS, 'slow']);
  }
  if (kinds.length === 0) refuse('kinds', 'must name at least one kind; for no faults, set faults: 0');
  const random = new SeededRandom(seed, 'plan');
  return {
    faults: Array.from({ length: faults }, () => randomFault(random.pick(kinds), random, longestMs)),
    scripts: Array.from({ length: scripts }, (_, index) => randomScript(index + 1, random, longestMs)),
  };
}

function randomFault(kind: FaultKind, random: SeededRandom, longestMs: number): Fault {
  const meeting = { after: random.between(0, 4), count: random.between(1, 3) };
  const some = (): number => random.between(1, Math.max(1, longestMs));
  switch (kind) {
    case 'executed_then_no_answer':
    case 'executed_then_error':
    case 'error':
    case 'no_answer':
      return { kind, on: random.pick(CALLS), ...meeting };
    case 'refused':
      return randomRefusal(random, meeting);
    case 'late_commit':
      return { kind, lateMs: some(), answer: random.pick(['no_answer', 'internal']), ...meeting };
    case 'list_lag':
      return { kind, lagMs: some(), ...meeting };
    case 'list_omits':
      return { kind, share: random.between(1, 9) / 10, ...meeting };
    case 'list_empty':
    case 'not_found_then_back':
    case 'terminate_ignored':
      return { kind, ...meeting };
    case 'gone_but_alive':
      return { kind, forMs: some(), ...meeting };
    case 'busy_until':
    case 'list_hides':
      return { kind, forMs: some() };
    case 'slow':
      return { kind, on: random.pick(CALLS), byMs: some(), ...meeting };
  }
}

function randomRefusal(random: SeededRandom, meeting: { after: number; count: number }): Fault {
  const on = random.pick(CALLS);
  const code = random.pick<RefusalCode>(
    on === 'create' ? ['rate_limited', 'no_capacity', 'busy'] : ['rate_limited', 'unauthorized', 'forbidden'],
  );
  const retryAfterMs = code === 'rate_limited' ? { retryAfterMs: random.between(1, 30) * 1_000 } : {};
  return { kind: 'refused', on, code, ...retryAfterMs, ...meeting };
}

function randomScript(nth: number, random: SeededRandom, longestMs: number): PodScript {
  const runningAfterMs = random.between(0, Math.floor(longestMs / 4));
  const later = runningAfterMs + random.between(0, longestMs);
  const fate = random.pick<PodScript>([
    {},
    { exitsAfterMs: later, exitCode: random.between(0, 2) },
    { preemptedAfterMs: later },
    { failsAfterMs: later },
    { priceJumps: [{ afterMs: later, hourlyPrice: random.between(1, 100) / 10 }] },
  ]);
  return { match: { nth }, runningAfterMs, ...fate };
}
