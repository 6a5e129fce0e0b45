import { DEFAULT_SETTINGS, endBound, lifePrefix, proofBound } from '../../../src/model';
import { ManualClock, SimulatedCloud } from '../../../src/simulator';
import { judge } from '../judge';
import type { Evidence, ObservedLife } from '../judge';
import type { Action, Plan, PlannedClaim } from './plan';
import { foreignNames } from './play';
import type { Played } from './play';
import { refusalsOf } from './refusals';

const IDENTITY = { deployment: 'test', controlPlane: 'aaaa' };
/** How long after the last of its claims a run is looked at, ms: whatever still bills then, bills for ever. */
const AFTERWARDS_MS = 3_600_000;

/**
 * Plays a plan with a launcher that does things in ExAtlas's order, on the same clouds and before the same judge: create, then write down what came of it; keep
 * time in the process that did; terminate once, and give up. Its process never dies here, which is more than it could hope for.
 */
export async function playExAtlas(plan: Plan): Promise<Played> {
  const clock = new ManualClock();
  const { statedLagMs, ...nature } = plan.cloud;
  const cloud = new SimulatedCloud({ ...nature, seed: plan.seed, scripts: plan.scripts, clock });
  for (const name of foreignNames(IDENTITY)) await cloud.create({ name, gpu: 'h100' });
  const launcher = new Launcher(cloud, clock);
  const begin = clock.now();
  for (const { atMs, forMs } of plan.revoked) cloud.revoke(null, { from: begin + atMs, until: begin + atMs + forMs });
  const steps: { atMs: number; happen: () => Promise<void> }[] = [
    ...plan.faults.map(({ atMs, fault }) => ({ atMs, happen: async () => await Promise.resolve(cloud.inject(fault)) })),
    ...plan.actions.flatMap((action) =>
      'atMs' in action ? [{ atMs: action.atMs, happen: async () => await launcher.do(action, plan.claims) }] : [],
    ),
    { atMs: plan.calmAtMs, happen: async () => await Promise.resolve(cloud.clearFaults()) },
  ].sort((one, other) => one.atMs - other.atMs);
  for (const { atMs, happen } of steps) {
    await clock.advance(Math.max(0, begin + atMs - clock.now()));
    await happen();
  }
  await clock.advance(AFTERWARDS_MS);
  const settings = { ...DEFAULT_SETTINGS, listLagMs: statedLagMs };
  const evidence: Evidence = {
    settings,
    boundMs: endBound(settings),
    proofMs: proofBound(settings),
    ledger: cloud.ledger,
    calls: cloud.calls(),
    podAt: (podId, at) => cloud.pod(podId, at),
    troubles: cloud
      .calls()
      .filter(({ faults, outcome }) => faults.length > 0 || outcome !== 'ok')
      .map(({ at }) => ({ from: at, until: at })),
    omissions: [],
    heldBackMs: 0,
    refusals: refusalsOf(cloud),
    now: clock.now(),
    latencyMs: 1_000,
    lives: launcher.lives,
  };
  return { violations: judge(evidence), evidence };
}

type Tracked = { -readonly [Field in keyof ObservedLife]: ObservedLife[Field] } & {
  asked: { at: number; how: 'released' | 'cancelled' }[];
  podId: string | null;
  /** Changes with each touch: an idle timer of before has nothing to say. */
  lease: number;
};

class Launcher {
  readonly lives: Tracked[] = [];
  private readonly cloud: SimulatedCloud;
  private readonly clock: ManualClock;

  constructor(cloud: SimulatedCloud, clock: ManualClock) {
    this.cloud = cloud;
    this.clock = clock;
  }

  async do({ claim: id, deed }: Action, claims: readonly PlannedClaim[]): Promise<void> {
    const claim = claims.find((planned) => planned.id === id);
    const life = this.lives.findLast((tracked) => tracked.claim === id && tracked.closedAt === null);
    if (deed === 'spawn' && claim !== undefined && life === undefined) await this.spawn(claim);
    if (life === undefined) return;
    if (deed === 'touch') this.keepTime(life);
    if (deed === 'end_at_console' && life.podId !== null) this.cloud.end(life.podId);
    if (deed !== 'release' && deed !== 'cancel') return;
    life.asked.push({ at: this.clock.now(), how: deed === 'release' ? 'released' : 'cancelled' });
    await this.terminate(life);
  }

  private async spawn({ id, ...limits }: PlannedClaim): Promise<void> {
    const prefix = lifePrefix({
      ...IDENTITY,
      claim: id,
      life: `life${String(this.lives.length + 1).padStart(2, '0')}`,
    });
    const life: Tracked = {
      ...limits,
      claim: id,
      prefix,
      claimedAt: this.clock.now(),
      asked: [],
      touchedAt: [],
      strays: [],
      shown: [],
      closedAt: null,
      result: null,
      podId: null,
      lease: 0,
    };
    this.lives.push(life);
    try {
      life.podId = (await this.cloud.create({ name: `${prefix}1`, gpu: 'h100' })).id;
      this.keepTime(life);
      void this.clock.sleep(limits.maxLifetimeMs).then(() => this.terminate(life));
    } catch {
      // The caller is told, and that is all.
      life.closedAt = this.clock.now();
    }
  }

  private keepTime(life: Tracked): void {
    const { idleTimeoutMs } = life;
    life.lease += 1;
    const { lease } = life;
    if (idleTimeoutMs !== null)
      void this.clock.sleep(idleTimeoutMs).then(async () => {
        if (life.lease === lease) await this.terminate(life);
      });
  }

  private async terminate(life: Tracked): Promise<void> {
    if (life.closedAt !== null || life.podId === null) return;
    life.closedAt = this.clock.now();
    // It broadcasts that this failed, if it does.
    await this.cloud.terminate(life.podId).catch(() => undefined);
  }
}
