import { planAsCode } from './plan';
import type { Plan } from './plan';
import type { Played } from './play';
import { shrink } from './shrink';

/** Of how many seeds one is played on a wire: those take seconds of real time, the others minutes of virtual time. */
const ONE_ON_A_WIRE_IN = 6;
/** Plans of one test, which are played side by side. */
export const SIDE_BY_SIDE = 10;
/** What `npm test` plays. */
const DEFAULT_SEEDS = 60;

/** The seeds of a run, by test: `PODKEEPER_TEST_SEEDS` of them, from `PODKEEPER_TEST_FIRST_SEED` on. */
export function seedsFor(stage: 'virtual' | 'wire'): number[][] {
  const count = fromEnvironment('PODKEEPER_TEST_SEEDS', DEFAULT_SEEDS);
  const first = fromEnvironment('PODKEEPER_TEST_FIRST_SEED', 1);
  const onWire = Math.floor(count / ONE_ON_A_WIRE_IN);
  const seeds = Array.from({ length: stage === 'wire' ? onWire : count - onWire }, (_, index) => first + index);
  return Array.from({ length: Math.ceil(seeds.length / SIDE_BY_SIDE) }, (_, group) =>
    seeds.slice(group * SIDE_BY_SIDE, (group + 1) * SIDE_BY_SIDE),
  );
}

/** Seeds in a row, for people. */
export function rangeOf(seeds: readonly number[]): string {
  return seeds.length === 0 ? 'no seed' : `seeds ${seeds[0]} to ${seeds.at(-1)}`;
}

/** Plays plans, and demands of each what is promised. What fails is shrunk, and said as code. */
export async function demandAll(
  plans: readonly Plan[],
  playAll: (plans: readonly Plan[]) => Promise<Played[]>,
): Promise<Played[]> {
  const begun = performance.now();
  const played = await playAll(plans);
  // A long run says how far it is.
  if (process.env.PODKEEPER_TEST_WHOLE === '1') {
    const failed = played.filter(({ violations }) => violations.length > 0).length;
    const seeds = rangeOf(plans.map(({ seed }) => seed));
    process.stderr.write(`${seeds}: ${failed} failed, ${Math.round(performance.now() - begun)} ms\n`);
  }
  for (const [index, { violations }] of played.entries()) {
    const plan = plans[index];
    const [first] = violations;
    if (first === undefined || plan === undefined) continue;
    const said = violations.map(({ rule, message }) => `  ${rule}: ${message}`).join('\n');
    const smallest = await shrink(
      plan,
      async (candidates) =>
        (await playAll(candidates)).map((result) => result.violations.some(({ rule }) => rule === first.rule)),
      { atOnce: SIDE_BY_SIDE },
    );
    throw new Error(
      `The plan of seed ${plan.seed} fails:\n${said}\n\nThe smallest that fails by ${first.rule}, for named.ts:\n\n${planAsCode(smallest)}\n`,
    );
  }
  return played;
}

function fromEnvironment(name: string, otherwise: number): number {
  const given = process.env[name];
  const value = given === undefined || given === '' ? otherwise : Number(given);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`${name} must be a whole number, and is ${given}`);
}
