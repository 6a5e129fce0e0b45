import { lifeOf } from '../../../src/activities';
import { askClaim } from '../../../src/client/askClaim';
import { isUnanswered } from '../../../src/client/failures';
import { isPodkeeperError, lifePrefix } from '../../../src/model';
import type { ClaimInfo, ClaimResult, Phase } from '../../../src/model';
import { until } from '../../support/until';
import { judge } from '../judge';
import type { Evidence, Stretch, Violation } from '../judge';
import { Handles } from './handles';
import type { Held, Life } from './handles';
import type { Action, Deed, Plan, PlannedClaim, Upset } from './plan';
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

/** How long a worker may take to tell how a claim stands, ms. */
const ASK_LIMIT_MS = 10_000;

class Player {
  private readonly plan: Plan;
  private readonly world: World;
  private readonly lives: Life[] = [];
  private readonly handles: Handles;
  private begun = 0;
  private lookedMs = -1;

  constructor(plan: Plan, world: World) {
    this.plan = plan;
    this.world = world;
    this.handles = new Handles(world.podkeeper);
  }

  async begin(begin: number): Promise<void> {
    this.begun = begin;
    const { cloud, identity, foreignGpu: gpu } = this.world;
    for (const name of foreignNames(identity)) await cloud.create({ name, gpu }, { credential: cloud.credential });
    for (const { atMs, forMs } of this.plan.revoked) {
      cloud.revoke(null, { from: begin + atMs, until: begin + atMs + forMs });
    }
    for (const action of this.plan.actions) {
      if (!('during' in action)) continue;
      this.world.onCall('before', action.during, action.nth, async () => {
        await this.do(action);
        await this.isHeard(action);
      });
    }
    for (const upset of this.plan.upsets) {
      this.world.onCall('after', upset.after, upset.nth, async () => await this.upset(upset));
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
    const { settings, latencyMs, proofMs, heldBackMs } = this.world;
    const ends = this.lives.map(({ claimedAt, maxLifetimeMs }) => claimedAt + maxLifetimeMs);
    const proof = proofMs + 2 * settings.listLagMs + 2 * settings.endBackoffMaxMs + heldBackMs;
    const troubles = this.world.troubles().map(({ until: over }) => over);
    return Math.max(0, ...ends, ...troubles) + proof + latencyMs;
  }

  async judged(): Promise<Played> {
    await this.isOver();
    for (const life of this.lives) await this.readAgain(life);
    const { cloud, settings, latencyMs, boundMs, proofMs, heldBackMs } = this.world;
    const evidence: Evidence = {
      settings,
      boundMs,
      proofMs,
      ledger: cloud.ledger,
      calls: cloud.calls(),
      podAt: (podId, at) => cloud.pod(podId, at),
      troubles: this.world.troubles(),
      omissions: this.omissions(),
      heldBackMs,
      refusals: this.world.refusals(),
      now: await this.world.now(),
      latencyMs,
      lives: this.lives,
    };
    return { violations: judge(evidence), evidence };
  }

  /** A user is refused what makes no sense at the moment, and minds it no further. */
  private async do(action: Action): Promise<void> {
    const claim = this.plan.claims.find(({ id }) => id === action.claim);
    const lives = this.lives.filter((candidate) => candidate.claim === this.world.claimId(action.claim));
    // A handle belongs to the life that it is first used on.
    const held = this.handles.of(usesHandle(action) ? (action.by ?? 'own') : 'own', lives);
    if ('atMs' in action) await this.look(action.atMs);
    try {
      if (action.deed === 'spawn' || action.deed === 'spawn_exclusive') {
        if (claim !== undefined) await this.spawn(claim, lives.at(-1), action.deed === 'spawn_exclusive');
      } else if (held !== undefined) await this.doBy(held, action.deed);
    } catch (error) {
      if (!isPodkeeperError(error) || error.kind !== 'conflict') throw error;
      if (action.by === 'second' && held !== undefined) this.handles.forget(held.life.claim);
    }
  }

  private async spawn(claim: PlannedClaim, last: Life | undefined, exclusive: boolean): Promise<void> {
    if (last !== undefined) await this.collect(last);
    const { podkeeper, client, identity, spec } = this.world;
    const id = this.world.claimId(claim.id);
    const { startupTimeoutMs, maxLifetimeMs, idleTimeoutMs, maxHourlyPrice } = claim;
    const pod = await podkeeper.spawn(
      {
        ...spec,
        id,
        startupTimeout: startupTimeoutMs,
        maxLifetime: maxLifetimeMs,
        idleTimeout: idleTimeoutMs,
        ...(maxHourlyPrice === null ? {} : { maxHourlyPrice }),
      },
      { exclusive },
    );
    const { runId, startTime } = await client.workflow.getHandle(pod.workflowId).describe();
    const shared = this.lives.find((life) => life.runId === runId);
    if (shared !== undefined) {
      if (exclusive) shared.strays.push({ at: await this.world.now(), deed: 'exclusive spawn' });
      return;
    }
    this.lives.push({
      claim: id,
      runId,
      handle: pod,
      prefix: lifePrefix({ ...identity, claim: id, life: lifeOf(runId) }),
      claimedAt: startTime.getTime(),
      startupTimeoutMs,
      maxLifetimeMs,
      idleTimeoutMs,
      maxHourlyPrice,
      asked: [],
      touchedAt: [],
      strays: [],
      shown: [],
      closedAt: null,
      result: null,
    });
  }

  /** What is done with the handle of a life that is over has to be refused, or to change nothing. */
  private async doBy({ handle, life }: Held, deed: Exclude<Deed, 'spawn' | 'spawn_exclusive'>): Promise<void> {
    const { client, cloud } = this.world;
    const at = await this.world.now();
    const isOver = (await this.closeTimeOf(life)) !== undefined;
    switch (deed) {
      case 'touch':
        await handle.touch();
        if (isOver) life.strays.push({ at, deed });
        else life.touchedAt.push(at);
        return;
      case 'release':
        if (!isOver) life.asked.push({ at, how: 'released' });
        await handle.release();
        return;
      case 'token':
        await handle.token();
        if (isOver) life.strays.push({ at, deed });
        return;
      case 'cancel':
        // A closed one can't be.
        await client.workflow
          .getHandle(handle.workflowId, life.runId)
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

  /** Runs in the middle of a call. */
  private async upset(upset: Upset): Promise<void> {
    const { cloud } = this.world;
    const now = await this.world.now();
    if (upset.what === 'fault') cloud.inject(upset.fault);
    else if (upset.what === 'key_revoked') cloud.revoke(null, { from: now, until: now + upset.forMs });
    else this.world.loseWorker();
  }

  private omissions(): Stretch[] {
    return this.plan.faults.flatMap(({ atMs, fault }) => {
      if (fault.kind !== 'list_hides') return [];
      const from = this.begun + atMs;
      return [{ from, until: from + (fault.forMs ?? 0) }];
    });
  }

  /** The call goes on once the workflow has decided: two that meet on the time-skipping server at once can lose a task there. */
  private async isHeard({ claim, deed }: Action): Promise<void> {
    const life = this.lives.findLast((candidate) => candidate.claim === this.world.claimId(claim));
    if (life === undefined || (deed !== 'release' && deed !== 'cancel')) return;
    await until(`${life.claim} hears of its end`, async () => ((await this.ask(life))?.end ?? null) !== null);
  }

  /** `null` when no worker answers in time. */
  private async ask({ runId, handle: { workflowId } }: Life): Promise<ClaimInfo | null> {
    try {
      return await askClaim(this.world.client, { workflowId, runId }, ASK_LIMIT_MS);
    } catch (error) {
      if (isUnanswered(error)) return null;
      throw error;
    }
  }

  /** What the claims say of themselves. */
  private async look(atMs: number): Promise<void> {
    // Many deeds of one moment are looked at once.
    if (atMs === this.lookedMs) return;
    this.lookedMs = atMs;
    for (const life of this.lives) {
      if (life.closedAt !== null || isFinal(life.shown.at(-1)?.phase)) continue;
      const claim = await this.ask(life);
      if (claim !== null)
        life.shown.push({ at: await this.world.now(), phase: claim.phase, podId: claim.pod?.id ?? null });
    }
  }

  private async closeTimeOf({ handle, runId }: Life): Promise<Date | undefined> {
    const { closeTime } = await this.world.client.workflow.getHandle(handle.workflowId, runId).describe();
    return closeTime;
  }

  /** Reads the end of a life that is over. */
  private async collect(life: Life): Promise<void> {
    if (life.closedAt !== null) return;
    const closeTime = await this.closeTimeOf(life);
    if (closeTime === undefined) return;
    life.result = await resultOf(life);
    life.closedAt = closeTime.getTime();
  }

  /** What a handle answered once it answers for ever, whatever has lived under the id since. */
  private async readAgain(life: Life): Promise<void> {
    if (life.closedAt === null) return;
    const again = await resultOf(life);
    if (again?.report.claimedAt === life.result?.report.claimedAt) return;
    life.strays.push({ at: await this.world.now(), deed: 'result' });
  }
}

function usesHandle({ deed }: Action): boolean {
  return deed === 'touch' || deed === 'release' || deed === 'token';
}

async function resultOf({ handle }: Life): Promise<ClaimResult | null> {
  return await handle.result().catch((): ClaimResult | null => null);
}

function isFinal(phase: Phase | undefined): boolean {
  return phase === 'terminated' || phase === 'failed' || phase === 'written_off';
}
