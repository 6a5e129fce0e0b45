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
  /** More plays that came by, in their order: for when nobody comes by in `play` this time. */
  others: readonly Play[];
}

/** What came of a {@link Trial}, in the last of its plays. */
export interface Verdict extends Pick<Trial, 'play' | 'place'> {
  /** `failed`: something is left, or the claim came to no end. `skipped`: nobody came by that place. */
  outcome: 'clean' | 'failed' | 'skipped';
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

/** How often a trial is repeated when nobody came by its place: not every life takes the same way through the code. */
const MOST_TRIES = 12;

/** Plays with a death in it, by turns in the plays that came by its place. Never rejects. */
export async function attempt({ place, ...trial }: Trial): Promise<Verdict> {
  const plays = [trial.play, ...trial.others];
  let play = trial.play;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
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
  return { place, play, outcome: 'skipped', message: `nobody came by in ${MOST_TRIES} tries` };
}

/** One line for people: `worker, before src/accounts/account.ts Account.list 1, second act`. */
export function describePlace({ role, side, point, act }: { role: Role; side: Side; point: string; act: Act }): string {
  return `${point}: ${role}, ${side}, ${act} act`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
