import type { SeededRandom } from '../../../src/simulator';
import type { Action, Plan, PlannedCloud } from './plan';
import { WIRE_SETTINGS } from './wireStage';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** How a burst is in its stage's time. */
interface Burst {
  claims: number;
  cloud: PlannedCloud;
  startupTimeoutMs: number;
  maxLifetimeMs: number;
  /** When most of them are released. */
  endMs: number;
}

/** Many claims at once, and many ends at once, on an account that answers few calls a minute; see `LEFT_OUT` for how few. */
export function burstPlan(seed: number, random: SeededRandom): Plan {
  return planOf(seed, random, {
    claims: random.between(12, 18),
    cloud: {
      statedLagMs: random.pick([10, 60]) * SECOND,
      callsPerMinute: random.pick([20, 30, 60]),
      endedShownMs: random.pick([0, Infinity]),
    },
    startupTimeoutMs: 10 * MINUTE,
    maxLifetimeMs: random.between(16, 40) * MINUTE,
    endMs: random.between(11, 14) * MINUTE,
  });
}

/** More claims at once than a worker has slots for creates, on a cloud whose creates take so long that some wait for a slot for longer than they may. */
export function wireBurstPlan(seed: number, random: SeededRandom): Plan {
  return planOf(seed, random, {
    claims: random.between(26, 30),
    cloud: { statedLagMs: WIRE_SETTINGS.listLagMs, latencyMs: { create: 3 * SECOND } },
    startupTimeoutMs: 30 * SECOND,
    maxLifetimeMs: 40 * SECOND,
    endMs: 16 * SECOND,
  });
}

/** Nothing else goes wrong in it. */
function planOf(seed: number, random: SeededRandom, burst: Burst): Plan {
  const { claims, cloud, startupTimeoutMs, maxLifetimeMs, endMs } = burst;
  const limits = { startupTimeoutMs, maxLifetimeMs, idleTimeoutMs: null, maxHourlyPrice: null };
  const ids = Array.from({ length: claims }, (_, index) => `c${index + 1}`);
  return {
    seed,
    cloud,
    faults: [],
    wire: [],
    revoked: [],
    scripts: [],
    claims: ids.map((id) => ({ id, ...limits })),
    actions: ids.flatMap((claim): Action[] => [
      { claim, deed: 'spawn', atMs: 0 },
      ...(random.chance(0.8) ? [{ claim, deed: 'release', atMs: endMs } as const] : []),
    ]),
    upsets: [],
    calmAtMs: endMs,
  };
}
