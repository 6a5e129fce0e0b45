import { lifeOf } from '../../../src/activities';
import { endBound, isPodkeeperError, lifePrefix, workflowIdOf } from '../../../src/model';
import type { ClaimInfo, ClaimResult, Phase } from '../../../src/model';
import { claimQuery } from '../../../src/workflows/definitions';
import { until } from '../../support/until';
import { judge } from '../judge';
import type { Evidence, ObservedLife, Violation } from '../judge';
import type { Action, Plan, PlannedClaim } from './plan';
import type { World } from './world';

/** Pods of others on the same account, at which nobody of ours may look twice: of a stranger, of another control plane, of another deployment. */
export function foreignNames({ deployment, controlPlane }: World['identity']): string[] {
  return ['render-box', `pk-${deployment}zzzz-x1-aaaaaa-1`, `pk-other${controlPlane}-x1-aaaaaa-1`];
}

/** What came of a plan. */
export interface Played {
  violations: Violation[];
  evidence: Evidence;
}

/** Plays a plan to its end and judges what came of it. */
export async function play(plan: Plan, world: World): Promise<Played> {
  const [played] = await playTogether([{ plan, world }]);
  if (played === undefined) throw new Error('one plan was played');
  return played;
}

/** Plays plans whose worlds share their time. */
export async function playTogether(entered: readonly { plan: Plan; world: World }[]): Promise<Played[]> {
  const players = entered.map(({ plan, world }) => new Player(plan, world));
  const [first] = entered;
  if (first === undefined) return [];
  const begin = await first.world.now();
  for (const player of players) await player.begin(begin);
  const steps = players.flatMap((player) => player.steps()).sort((one, other) => one.atMs - other.atMs);
  for (const { atMs, happen } of steps) {
    await first.world.passUntil(begin + atMs);
    await happen();
  }
  const areAllClosed = async () => (await Promise.all(players.map((player) => player.isOver()))).every(Boolean);
  await first.world.settle(areAllClosed, Math.max(...players.map((player) => player.limit())));
  return await Promise.all(players.map((player) => player.judged()));
}

type Life = { -readonly [Field in keyof ObservedLife]: ObservedLife[Field] } & {
  runId: string;
  asked: { at: number; how: 'released' | 'cancelled' }[];
  touchedAt: number[];
  shown: { at: number; phase: Phase; podId: string | null }[];
};

class Player {
  private readonly plan: Plan;
  private readonly world: World;
  private readonly lives: Life[] = [];

  constructor(plan: Plan, world: World) {
    this.plan = plan;
    this.world = world;
  }

  async begin(begin: number): Promise<void> {
    const { cloud, identity, foreignGpu: gpu } = this.world;
    for (const name of foreignNames(identity)) await cloud.create({ name, gpu }, { credential: cloud.credential });
    for (const { atMs, forMs } of this.plan.revoked) {
      cloud.revoke(null, { from: begin + atMs, until: begin + atMs + forMs });
    }
    for (const action of this.plan.actions) {
      if (!('during' in action)) continue;
      this.world.onCall(action.during, action.nth, async () => {
        await this.do(action);
        await this.isHeard(action);
      });
    }
  }

  /** What happens when, ms from the begin. */
  steps(): { atMs: number; happen: () => Promise<void> }[] {
    const { faults, wire, actions, calmAtMs } = this.plan;
    const { cloud, wire: hand } = this.world;
    const step = (atMs: number, happen: () => Promise<void> | void) => ({ atMs, happen: async () => await happen() });
    return [
      ...faults.map(({ atMs, fault }) => step(atMs, () => cloud.inject(fault))),
      ...wire.map(({ atMs, ...injection }) => step(atMs, () => hand?.inject(injection))),
      ...actions.flatMap((action) => ('atMs' in action ? [step(action.atMs, () => this.do(action))] : [])),
      step(calmAtMs, () => {
        cloud.clearFaults();
        hand?.clear();
      }),
    ];
  }

  async isOver(): Promise<boolean> {
    for (const life of this.lives) await this.collect(life);
    return this.lives.every(({ closedAt }) => closedAt !== null);
  }

  /** By when everything has to be over, ms since 1970: an end, its proof, and whatever was held back by the last of the faults. */
  limit(): number {
    const { settings, latencyMs } = this.world;
    const ends = this.lives.map(({ claimedAt, maxLifetimeMs }) => claimedAt + maxLifetimeMs);
    const proof = endBound(settings) + 2 * settings.listLagMs + 2 * settings.endBackoffMaxMs;
    return Math.max(0, ...ends, ...this.world.troubles()) + proof + latencyMs;
  }

  async judged(): Promise<Played> {
    await this.isOver();
    const { cloud, settings, latencyMs } = this.world;
    const evidence: Evidence = {
      settings,
      boundMs: endBound(settings),
      ledger: cloud.ledger,
      calls: cloud.calls(),
      podAt: (podId, at) => cloud.pod(podId, at),
      troubles: this.world.troubles(),
      now: await this.world.now(),
      latencyMs,
      lives: this.lives,
    };
    return { violations: judge(evidence), evidence };
  }

  /** A user is refused what makes no sense at the moment, and minds it no further. */
  private async do(action: Action): Promise<void> {
    const claim = this.plan.claims.find(({ id }) => id === action.claim);
    const life = this.lives.findLast((candidate) => candidate.claim === this.world.claimId(action.claim));
    if ('atMs' in action) await this.look();
    const at = await this.world.now();
    try {
      if (action.deed === 'spawn' && claim !== undefined) await this.spawn(claim, life);
      else if (action.deed !== 'spawn' && life !== undefined) await this.doTo(life, action.deed, at);
    } catch (error) {
      if (!isPodkeeperError(error) || error.kind !== 'conflict') throw error;
    }
  }

  private async spawn(claim: PlannedClaim, last: Life | undefined): Promise<void> {
    if (last !== undefined) await this.collect(last);
    const { podkeeper, client, identity, spec } = this.world;
    const id = this.world.claimId(claim.id);
    const { startupTimeoutMs, maxLifetimeMs, idleTimeoutMs } = claim;
    const pod = await podkeeper.spawn({
      ...spec,
      id,
      startupTimeout: startupTimeoutMs,
      maxLifetime: maxLifetimeMs,
      idleTimeout: idleTimeoutMs,
    });
    const { runId, startTime } = await client.workflow.getHandle(pod.workflowId).describe();
    if (this.lives.some((life) => life.runId === runId)) return;
    this.lives.push({
      claim: id,
      runId,
      prefix: lifePrefix({ ...identity, claim: id, life: lifeOf(runId) }),
      claimedAt: startTime.getTime(),
      startupTimeoutMs,
      maxLifetimeMs,
      idleTimeoutMs,
      asked: [],
      touchedAt: [],
      shown: [],
      closedAt: null,
      result: null,
    });
  }

  private async doTo(life: Life, deed: Exclude<Action['deed'], 'spawn'>, at: number): Promise<void> {
    const { podkeeper, client, cloud } = this.world;
    const pod = podkeeper.get(life.claim);
    switch (deed) {
      case 'touch':
        await pod.touch();
        life.touchedAt.push(at);
        return;
      case 'release':
        life.asked.push({ at, how: 'released' });
        await pod.release();
        return;
      case 'cancel':
        // A closed one can't be.
        await client.workflow
          .getHandle(pod.workflowId, life.runId)
          .cancel()
          .then(() => life.asked.push({ at, how: 'cancelled' }))
          .catch(() => undefined);
        return;
      case 'end_at_console': {
        const held = life.shown.at(-1)?.podId;
        if (held != null) cloud.end(held);
        return;
      }
    }
  }

  /** The call goes on once the workflow has decided: two that meet on the time-skipping server at once can lose a task there. */
  private async isHeard({ claim, deed }: Action): Promise<void> {
    const life = this.lives.findLast((candidate) => candidate.claim === this.world.claimId(claim));
    if (life === undefined || (deed !== 'release' && deed !== 'cancel')) return;
    await until(`${life.claim} hears of its end`, async () => (await this.ask(life)).end !== null);
  }

  private async ask({ claim, runId }: Life): Promise<ClaimInfo> {
    const { client, identity } = this.world;
    return await client.workflow.getHandle(workflowIdOf(identity.deployment, claim), runId).query(claimQuery);
  }

  /** What the claims say of themselves. */
  private async look(): Promise<void> {
    for (const life of this.lives) {
      if (life.closedAt !== null || isFinal(life.shown.at(-1)?.phase)) continue;
      const { phase, pod } = await this.ask(life);
      life.shown.push({ at: await this.world.now(), phase, podId: pod?.id ?? null });
    }
  }

  /** Reads the end of a life that is over. It has to be its claim's last. */
  private async collect(life: Life): Promise<void> {
    if (life.closedAt !== null) return;
    const { podkeeper, client } = this.world;
    const pod = podkeeper.get(life.claim);
    const { closeTime } = await client.workflow.getHandle(pod.workflowId, life.runId).describe();
    if (closeTime === undefined) return;
    life.result = await pod.result().catch((): ClaimResult | null => null);
    life.closedAt = closeTime.getTime();
  }
}

function isFinal(phase: Phase | undefined): boolean {
  return phase === 'terminated' || phase === 'failed' || phase === 'written_off';
}
