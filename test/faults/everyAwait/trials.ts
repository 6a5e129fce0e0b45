import { Crash } from './crash';
import type { Half, Place, Role, Side } from './crashPoint';

/** A scenario during which a process may be killed. */
export interface Scenario {
  name: string;
  /** The cloud whose ledger or process table is the judge. */
  cloud: string;
  /**
   * Runs and judges the scenario. Rejects if anything is left behind. Passes the crash to every process that may die, replaces it, and begins the second half.
   */
  run(crash: Crash): Promise<void>;
}

/** One scenario with one kill. */
export interface Trial {
  scenario: Scenario;
  place: Place;
  /** Further scenarios that reached the place, in order, in case `scenario` doesn't reach it this time. */
  others: readonly Scenario[];
}

/** The result of a {@link Trial}, in the last of its scenarios. */
export interface Verdict extends Pick<Trial, 'scenario' | 'place'> {
  /** `failed`: something is left, or the claim didn't end. `skipped`: no process reached the place. */
  outcome: 'clean' | 'failed' | 'skipped';
  /** Why it is not clean. */
  message: string;
}

/** The places that a scenario reaches without a kill. @throws the scenario's error */
export async function record(scenario: Scenario): Promise<Place[]> {
  const crash = new Crash();
  try {
    await scenario.run(crash);
    return crash.places();
  } finally {
    crash.remove();
  }
}

/**
 * One trial for each reached place, role, half and cloud, in the first scenario that reached it.
 *
 * @param recordings in order of preference
 */
export function planOf(recordings: readonly { scenario: Scenario; places: Place[] }[]): Trial[] {
  const planned = new Map<string, Trial & { others: Scenario[] }>();
  return recordings.flatMap(({ scenario, places }) =>
    places
      .toSorted((one, other) => compare(describePlace(one), describePlace(other)))
      .flatMap((place) => {
        const key = `${describePlace(place)} ${scenario.cloud}`;
        const known = planned.get(key);
        if (known !== undefined) {
          if (known.scenario !== scenario) known.others.push(scenario);
          return [];
        }
        const trial = { scenario, place, others: [] };
        planned.set(key, trial);
        return [trial];
      }),
  );
}

/** How often to repeat a trial whose place wasn't reached: not every run takes the same path. */
const MAX_TRIES = 12;

/** Runs a trial, alternating between the scenarios that reach its place. Never rejects. */
export async function attempt({ place, ...trial }: Trial): Promise<Verdict> {
  const scenarios = [trial.scenario, ...trial.others];
  let scenario = trial.scenario;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    scenario = scenarios[tries % scenarios.length] ?? scenario;
    const crash = new Crash(place);
    try {
      await scenario.run(crash);
      if (crash.hasKilled) return { place, scenario, outcome: 'clean', message: '' };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { place, scenario, outcome: 'failed', message };
    } finally {
      crash.remove();
    }
  }
  return { place, scenario, outcome: 'skipped', message: `the place was not reached in ${MAX_TRIES} tries` };
}

/** One line: `src/accounts/account.ts Account.list 1: worker, before, second half`. */
export function describePlace({
  role,
  side,
  point,
  half,
}: {
  role: Role;
  side: Side;
  point: string;
  half: Half;
}): string {
  return `${point}: ${role}, ${side}, ${half} half`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
