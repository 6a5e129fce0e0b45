import { Crash } from './crash';
import type { Act, Place, Role, Side } from './crashPoint';

/** Something that happens to a system while one of its processes may be killed. */
export interface Play {
  name: string;
  /** Whose ledger or process table judges. */
  cloud: string;
  /**
   * Plays and judges: rejects when anything is left behind. Hands the crash to every process that may die of it, lets another take over, and
   * takes its turn.
   */
  run(crash: Crash): Promise<void>;
}

/** One play with one death in it. */
export interface Trial {
  play: Play;
  place: Place;
}

/** What came of a {@link Trial}. */
export interface Verdict extends Trial {
  /** `failed`: something is left, or the claim came to no end. `spared`: nobody came by that place. */
  outcome: 'clean' | 'failed' | 'spared';
  /** Why it is not clean. */
  message: string;
}

/** Where the processes of a play have been while nobody was killed. @throws what the play rejects with */
export async function record(play: Play): Promise<Place[]> {
  const crash = new Crash();
  try {
    await play.run(crash);
    return crash.places();
  } finally {
    crash.remove();
  }
}

/**
 * Every place that was reached, once for each role and act and with each cloud: in the first play that came by.
 *
 * @param recordings in the order in which they are to be preferred
 */
export function planOf(recordings: readonly { play: Play; places: Place[] }[]): Trial[] {
  const planned = new Set<string>();
  return recordings.flatMap(({ play, places }) =>
    places
      .filter((place) => {
        const key = `${describePlace(place)} ${play.cloud}`;
        const isNew = !planned.has(key);
        planned.add(key);
        return isNew;
      })
      .toSorted((one, other) => compare(describePlace(one), describePlace(other)))
      .map((place) => ({ play, place })),
  );
}

/** A part of a plan of about this size, from all over it and the same each time. */
export function everyNth<T>(plan: readonly T[], size: number): T[] {
  const step = Math.max(1, plan.length / size);
  return Array.from({ length: Math.min(size, plan.length) }, (_, index) => plan[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}

/** How often a trial is repeated when nobody came by its place: not every life takes the same way through the code. */
const MOST_TRIES = 3;

/** Plays with a death in it. Never rejects. */
export async function attempt(trial: Trial): Promise<Verdict> {
  for (let tries = 1; ; tries += 1) {
    const crash = new Crash(trial.place);
    try {
      await trial.play.run(crash);
      if (crash.hasKilled) return { ...trial, outcome: 'clean', message: '' };
      if (tries === MOST_TRIES)
        return { ...trial, outcome: 'spared', message: `nobody came by in ${MOST_TRIES} tries` };
    } catch (error) {
      return { ...trial, outcome: 'failed', message: error instanceof Error ? error.message : String(error) };
    } finally {
      crash.remove();
    }
  }
}

/** One line for people: `worker, before src/accounts/account.ts Account.list 1, second act`. */
export function describePlace({ role, side, point, act }: { role: Role; side: Side; point: string; act: Act }): string {
  return `${point}: ${role}, ${side}, ${act} act`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
