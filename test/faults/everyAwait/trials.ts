import { Crash } from './crash';
import type { Act, Place, Role, Side } from './crashPoint';

/** A scenario during which a process may be killed. */
export interface Play {
  name: string;
  /** The cloud whose ledger or process table is the judge. */
  cloud: string;
  /**
   * Runs and judges the scenario. Rejects if anything is left behind. Passes the crash to every process that may die, replaces it, and takes its turn.
   */
  run(crash: Crash): Promise<void>;
}

/** One play with one kill. */
export interface Trial {
  play: Play;
  place: Place;
  /** Further plays that reached the place, in order, in case `play` doesn't reach it this time. */
  others: readonly Play[];
}

/** The result of a {@link Trial}, in the last of its plays. */
export interface Verdict extends Pick<Trial, 'play' | 'place'> {
  /** `failed`: something is left, or the claim didn't end. `skipped`: no process reached the place. */
  outcome: 'clean' | 'failed' | 'skipped';
  /** Why it is not clean. */
  message: string;
}

/** The places that a play reaches without a kill. @throws the play's error */
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
 * One trial for each reached place, role, act and cloud, in the first play that reached it.
 *
 * @param recordings in order of preference
 */
export function planOf(recordings: readonly { play: Play; places: Place[] }[]): Trial[] {
  const planned = new Map<string, Trial & { others: Play[] }>();
  return recordings.flatMap(({ play, places }) =>
    places
      .toSorted((one, other) => compare(describePlace(one), describePlace(other)))
      .flatMap((place) => {
        const key = `${describePlace(place)} ${play.cloud}`;
        const known = planned.get(key);
        if (known !== undefined) {
          if (known.play !== play) known.others.push(play);
          return [];
        }
        const trial = { play, place, others: [] };
        planned.set(key, trial);
        return [trial];
      }),
  );
}

/** How often to repeat a trial whose place wasn't reached: not every run takes the same path. */
const MAX_TRIES = 12;

/** Runs a trial, alternating between the plays that reach its place. Never rejects. */
export async function attempt({ place, ...trial }: Trial): Promise<Verdict> {
  const plays = [trial.play, ...trial.others];
  let play = trial.play;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    play = plays[tries % plays.length] ?? play;
    const crash = new Crash(place);
    try {
      await play.run(crash);
      if (crash.hasKilled) return { place, play, outcome: 'clean', message: '' };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { place, play, outcome: 'failed', message };
    } finally {
      crash.remove();
    }
  }
  return { place, play, outcome: 'skipped', message: `the place was not reached in ${MAX_TRIES} tries` };
}

/** One line: `worker, before src/accounts/account.ts Account.list 1, second act`. */
export function describePlace({ role, side, point, act }: { role: Role; side: Side; point: string; act: Act }): string {
  return `${point}: ${role}, ${side}, ${act} act`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
