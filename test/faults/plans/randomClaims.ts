import type { SeededRandom } from '../../../src/simulator';
import type { Action, Deed, Holder, PlannedClaim } from './plan';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** After an end, the id is asked for at these moments, ms: while it is still ending, as soon as it is proven, later. */
const AGAIN_MS = [10, 45, 90, 150, 240, 420].map((seconds) => seconds * SECOND);

/** A claim that lives for minutes of virtual time. */
export function randomClaim(id: string, random: SeededRandom): PlannedClaim {
  const startupTimeoutMs = random.between(2, 12) * MINUTE;
  return {
    id,
    startupTimeoutMs,
    maxLifetimeMs: startupTimeoutMs + random.between(0, 20) * MINUTE,
    idleTimeoutMs: random.chance(0.4) ? random.between(60, 480) * SECOND : null,
    // Prices jump to 10 USD at most.
    maxHourlyPrice: random.chance(0.4) ? 6 : null,
  };
}

/** What its users do to a claim: who spawned it, another application that asks for the same id, and somebody who kept the handle of its first life. */
export function randomActions({ id: claim, maxLifetimeMs }: PlannedClaim, random: SeededRandom): Action[] {
  const begin = random.between(0, 120) * SECOND;
  const later = () => begin + random.between(0, maxLifetimeMs / SECOND) * SECOND;
  const some = (share: number, make: () => Action): Action[] => (random.chance(share) ? [make()] : []);
  const at = (deed: Deed) => (): Action => ({ claim, deed, by: randomHolder(random), atMs: later() });
  return [
    { claim, deed: 'spawn', atMs: begin },
    ...some(0.5, at('touch')),
    ...some(0.5, at('touch')),
    ...some(0.3, at('token')),
    ...some(0.3, at('release')),
    ...some(0.2, at('cancel')),
    ...some(0.15, at('end_at_console')),
    ...some(0.4, at('spawn')),
    ...some(0.2, at('spawn_exclusive')),
    ...some(0.2, at('release')),
    ...some(0.3, () => ({
      claim,
      deed: random.pick<Deed>(['release', 'cancel', 'touch']),
      during: random.pick(['create', 'create', 'terminate']),
      nth: random.between(1, 4),
    })),
    ...(random.chance(0.4) ? reuse(claim, begin, random) : []),
  ];
}

function randomHolder(random: SeededRandom): Holder {
  return random.pick<Holder>(['own', 'own', 'second', 'kept']);
}

/** An end, a new life under the id soon after it, and deeds by handles that were made before. */
function reuse(claim: string, begin: number, random: SeededRandom): Action[] {
  const endMs = begin + random.between(30, 240) * SECOND;
  const deeds = Array.from({ length: random.between(2, 4) }, (): Action => {
    const deed = random.pick<Deed>(['touch', 'touch', 'release', 'token']);
    return { claim, deed, by: random.pick<Holder>(['kept', 'second']), atMs: endMs + random.between(60, 720) * SECOND };
  });
  return [
    // The other application asks early, and so binds itself to the first life.
    { claim, deed: 'touch', by: 'second', atMs: begin + 20 * SECOND },
    { claim, deed: 'release', by: random.pick<Holder>(['own', 'second']), atMs: endMs },
    ...AGAIN_MS.map((ms): Action => ({ claim, deed: 'spawn', atMs: endMs + ms })),
    ...deeds,
  ];
}
