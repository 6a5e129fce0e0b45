import type { Fault, SeededRandom } from '../../../src/simulator';

const SECOND = 1_000;

/** For how long lists are whole between two stretches in which they aren't, ms at least; see `LEFT_OUT`. */
const WHOLE_MS = 20 * SECOND;
/** The longest that lists are whole meanwhile, ms. */
const LONGEST_WHOLE_MS = 240 * SECOND;

/** Whose pods are left out: all, so that a complete list is empty; those of one claim; those of all first creates. */
const WHOSE: readonly (RegExp | undefined)[] = [undefined, undefined, /-c1-/, /-1$/];

/**
 * Lists that leave pods out, again and again, each time for as long as the stated lag at most, and at whatever moment that is.
 *
 * @param lagMs as the provider states it
 * @param fromMs when the first of them begins
 * @param untilMs when it is over
 */
export function hidingLists(
  lagMs: number,
  untilMs: number,
  fromMs: number,
  random: SeededRandom,
): { atMs: number; fault: Fault }[] {
  const faults: { atMs: number; fault: Fault }[] = [];
  const longest = lagMs - 1;
  let atMs = fromMs;
  while (atMs < untilMs) {
    const forMs = random.chance(0.5) ? longest : random.between(1, longest);
    const name = random.pick(WHOSE);
    faults.push({ atMs, fault: { kind: 'list_hides', forMs, ...(name === undefined ? {} : { name }) } });
    atMs += forMs + random.between(WHOLE_MS, LONGEST_WHOLE_MS);
  }
  return faults;
}

/** One list that leaves pods out. */
export function lyingList(random: SeededRandom): Fault {
  const after = random.between(0, 12);
  return random.pick<Fault>([
    { kind: 'list_empty', after },
    { kind: 'list_omits', share: random.between(1, 9) / 10, after },
    { kind: 'not_found_then_back', on: 'list', after },
  ]);
}

/** A pod that is told to end, and hides for up to the stated lag, or is said not to be there. */
export function hidingPod(lagMs: number, random: SeededRandom): Fault {
  return random.pick<Fault>([
    { kind: 'gone_but_alive', forMs: random.between(1, lagMs - 1), after: random.between(0, 2) },
    { kind: 'not_found_then_back', on: ['get', 'terminate'], count: random.between(1, 3) },
  ]);
}
