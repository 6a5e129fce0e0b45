import { PodkeeperError } from '../../../model';
import { SeededRandom } from '../../../simulator';
import type { RetryAfter, WireFault, WireFaultKind, WireInjection, WireOperation } from './faults';

/** Options of a random plan of wire faults. */
export interface WirePlanOptions {
  /** Number of faults. Default: 10. */
  faults?: number;
  /** The operations. Default: create, list, next_page, get, terminate. */
  operations?: readonly WireOperation[];
  /** The kinds. Default: all. */
  kinds?: readonly WireFaultKind[];
  /** Maximum number of requests of an operation that a fault skips. Default: 20. */
  spread?: number;
  /** Maximum number of requests to which one fault applies. Default: 3. */
  most?: number;
}

/** Makes a random plan of wire faults, for `fake.wire.inject(...wirePlan(seed))`. The same seed and options give the same plan. */
export function wirePlan(seed: number, options: WirePlanOptions = {}): WireInjection[] {
  const { faults = 10, operations = OPERATIONS, kinds = KINDS, spread = 20, most = 3 } = options;
  const random = new SeededRandom(seed, 'wire');
  return Array.from({ length: faults }, () => ({
    on: pickOf(operations, 'operations', random),
    after: random.between(0, spread),
    count: random.between(1, most),
    fault: randomFault(pickOf(kinds, 'kinds', random), random),
  }));
}

const OPERATIONS: readonly WireOperation[] = ['create', 'list', 'next_page', 'get', 'terminate'];

/** Makes a fault of each kind, with random settings. */
const MAKERS: { [Kind in WireFaultKind]: (random: SeededRandom) => Extract<WireFault, { kind: Kind }> } = {
  hang_before_headers: (random) => ({ kind: 'hang_before_headers', executed: random.chance(0.5) }),
  hang_after_headers: (random) => ({ kind: 'hang_after_headers', executed: random.chance(0.5) }),
  slow_body: (random) => ({ kind: 'slow_body', bytes: random.between(1, 64), everyMs: random.between(1, 50) }),
  reset_before_answer: (random) => ({ kind: 'reset_before_answer', executed: random.chance(0.5) }),
  reset_in_answer: (random) => ({ kind: 'reset_in_answer', executed: random.chance(0.5) }),
  malformed_json: (random) => ({ kind: 'malformed_json', executed: random.chance(0.5) }),
  truncated_json: () => ({ kind: 'truncated_json' }),
  html_page: (random) => ({
    kind: 'html_page',
    status: random.pick([200, 403, 502, 524]),
    executed: random.chance(0.5),
  }),
  empty_body: (random) => ({ kind: 'empty_body', executed: random.chance(0.5) }),
  huge_body: () => ({ kind: 'huge_body' }),
  gzip_body: () => ({ kind: 'gzip_body' }),
  numbers_as_texts: () => ({ kind: 'numbers_as_texts' }),
  list_as_object: () => ({ kind: 'list_as_object' }),
  null_id: () => ({ kind: 'null_id' }),
  renamed_wrapper: () => ({ kind: 'renamed_wrapper' }),
  quota_spent: (random) => ({ kind: 'quota_spent', seconds: random.pick(WAITS_S) }),
  rate_limited: (random) => ({ kind: 'rate_limited', retryAfter: randomWait(random) }),
  status: (random) => ({ kind: 'status', status: random.pick([500, 502, 503, 504]), executed: random.chance(0.5) }),
  redirect: (random) => ({ kind: 'redirect', status: random.pick([301, 302, 307]) }),
};

/** Observed waits, s: seconds, an hour, a day, and three years. */
const WAITS_S = [1, 2, 3, 3_600, 86_400, 99_999_999];

function randomWait(random: SeededRandom): RetryAfter {
  const seconds = random.pick(WAITS_S);
  return random.pick<RetryAfter>([
    { form: 'seconds', seconds },
    { form: 'date', afterMs: seconds * 1_000 },
    { form: 'window', seconds },
    { form: 'words', seconds },
    { form: 'none' },
    { form: 'plain_text' },
  ]);
}

const KINDS = Object.keys(MAKERS) as readonly WireFaultKind[];

function pickOf<T>(items: readonly T[], option: string, random: SeededRandom): T {
  const [first, ...rest] = items;
  if (first !== undefined) return random.pick([first, ...rest]);
  throw new PodkeeperError('validation', `wire plan: ${option} must name at least one`, {
    details: [{ path: option, message: 'must name at least one' }],
  });
}

function randomFault(kind: WireFaultKind, random: SeededRandom): WireFault {
  return MAKERS[kind](random);
}
