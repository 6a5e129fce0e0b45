import { setTimeout as pause } from 'node:timers/promises';
import { controlPlaneOf } from '../../../src/activities';
import { DEFAULT_SETTINGS, endBound, proofBound } from '../../../src/model';
import type { Clock, Settings } from '../../../src/model';
import { createMockProvider } from '../../../src/providers/mock';
import { SimulatedCloud } from '../../../src/simulator';
import type { SimulatorClock } from '../../../src/simulator';
import { createTestPodkeeper } from '../../../src/testing/environment';
import type { TestPodkeeper } from '../../../src/testing/environment';
import { bundle } from '../../support/environment';
import type { Stretch } from '../judge';
import { PLAY_SECRET, breakableActivities } from './breakable';
import type { Plan } from './plan';
import { playTogether } from './play';
import type { Played } from './play';
import { quietRuntime } from './quietRuntime';
import { refusalsOf } from './refusals';
import { SIDE_BY_SIDE } from './seeds';
import { Slot } from './slot';
import type { Breakage } from './slot';
import type { World } from './world';

const DEPLOYMENT = 'test';

/** While something runs, virtual time goes on as on any clock: this is what a busy machine may take for it. */
const LATENCY_MS = 20_000;
/** For how long a provider's wish for patience is granted at most, ms, with what it is stretched by at random: looks, lists and ends; and creates. */
const LONGEST_WAIT_MS = 150_000;
/** What a quota of calls a minute may hold back, ms. */
const QUOTA_MS = 60_000;
/** Polls off the beat of deadlines: a look that is cancelled while it runs stops the server from skipping. */
const SETTINGS: Settings = { ...DEFAULT_SETTINGS, bootPollMs: 5_003, healthyPollMs: 60_007 };
/** A busy machine is no standstill, ms of real time. */
const STANDSTILL_MS = 60_000;

/**
 * A server that has lost a task stops skipping: seen once in some hundred plans. For so many ms of real time its clock then advances no faster than real time.
 * Slow plans on a busy machine skip seconds and minutes meanwhile.
 */
const STALL_MS = 120_000;
/** As a share of real time; without skipping it is 1. */
const STALLED_PACE = 1.2;

interface Parts {
  here: TestPodkeeper;
  clock: VirtualClock;
  slots: ReadonlyMap<string, Slot>;
  identity: World['identity'];
}

/** A whole Podkeeper in virtual time, on which plans are played, each on an account with a cloud of its own. */
export class VirtualStage {
  private readonly options: { breakable?: boolean };
  private parts: Parts;

  private constructor(parts: Parts, options: { breakable?: boolean }) {
    this.parts = parts;
    this.options = options;
  }

  /** @param breakable whether plans may be played with something taken out; without it, Podkeeper's activities are called as they are shipped */
  static async open({ breakable = false } = {}): Promise<VirtualStage> {
    quietRuntime();
    const clock = new VirtualClock();
    const slots = new Map(Array.from({ length: SIDE_BY_SIDE }, (_, index) => [`s${index + 1}`, new Slot()]));
    const identity = { deployment: DEPLOYMENT, controlPlane: '' };
    const here = await createTestPodkeeper({
      tokenSecret: PLAY_SECRET,
      workflowBundle: bundle(),
      deployment: DEPLOYMENT,
      accounts: Object.fromEntries(slots),
      settings: SETTINGS,
      standstillMs: STANDSTILL_MS,
      ...(breakable ? { activities: breakableActivities(slots, { identity, settings: SETTINGS, clock }) } : {}),
    });
    clock.follow(here);
    identity.controlPlane = await controlPlaneAt(here);
    return new VirtualStage({ here, clock, slots, identity }, { breakable });
  }

  /**
   * Plays plans side by side, as many as there are accounts at most, each judged for itself.
   *
   * @param breakages what is taken out for each of them
   */
  async play(plans: readonly Plan[], breakages: readonly Breakage[] = []): Promise<Played[]> {
    const over = new AbortController();
    const first = this.playOnce(plans, breakages);
    // Awaited below, unless it stalls.
    first.catch(() => undefined);
    const played = await Promise.race([first, untilStalled(this.parts.here, over.signal)]).finally(() => over.abort());
    if (played !== null) return played;
    process.stderr.write(`The time-skipping server stands still: ${plans.length} plans are played again on another\n`);
    const { parts } = this;
    this.parts = (await VirtualStage.open(this.options)).parts;
    // What was given up goes on calling, and a retry on a closed channel throws where nobody can catch it.
    Object.assign(parts.here.env.connection, { close: async () => await Promise.resolve() });
    await parts.here.close();
    return await this.playOnce(plans, breakages);
  }

  private async playOnce(plans: readonly Plan[], breakages: readonly Breakage[]): Promise<Played[]> {
    const { here, clock, slots } = this.parts;
    await clock.refresh();
    const names = [...slots.keys()];
    const entered = plans.map((plan, index) => ({
      plan,
      world: this.enter(plan, names[index] ?? '', breakages[index] ?? {}),
    }));
    try {
      return await playTogether(entered);
    } finally {
      for (const slot of slots.values()) slot.breakage = {};
      await here.reset();
    }
  }

  async close(): Promise<void> {
    await this.parts.here.close();
  }

  private enter(plan: Plan, account: string, breakage: Breakage): World {
    const { here, clock, slots, identity } = this.parts;
    const slot = slots.get(account);
    if (slot === undefined) throw new Error(`no more than ${SIDE_BY_SIDE} plans are played at once`);
    const { statedLagMs, ...nature } = plan.cloud;
    const cloud = new SimulatedCloud({ ...nature, seed: plan.seed, scripts: plan.scripts, clock });
    slot.enter(createMockProvider({ cloud, listLagMs: statedLagMs }), breakage);
    const settings = { ...SETTINGS, listLagMs: statedLagMs };
    const load = { callsPerMinute: plan.cloud.callsPerMinute ?? undefined, endsAtOnce: plan.claims.length };
    const passUntil = async (at: number): Promise<void> => {
      const left = at - (await here.now()).getTime();
      if (left > 0) await here.skip(left);
      await clock.refresh();
    };
    return {
      podkeeper: here.podkeeper,
      client: here.env.client,
      identity,
      claimId: (id) => `${account}-${id}`,
      spec: { account, gpu: 'h100', auth: 'bearer' },
      foreignGpu: 'h100',
      settings,
      boundMs: endBound(settings, load),
      proofMs: proofBound(settings, load),
      heldBackMs: plan.cloud.callsPerMinute == null ? 0 : 2 * QUOTA_MS,
      cloud,
      wire: null,
      latencyMs: LATENCY_MS,
      now: async () => (await here.now()).getTime(),
      passUntil,
      // Time in which nothing happens costs nothing.
      settle: async (_isOver, limit) => await passUntil(limit),
      onCall: (when, at, nth, act) => slot.plan({ when, at, nth, act }),
      loseWorker: () => slot.loseWorker(),
      troubles: () => troublesOf(cloud),
      refusals: () => refusalsOf(cloud),
    };
  }
}

/** Resolves with `null` when the server has skipped nothing for {@link STALL_MS}; rejects when aborted. */
async function untilStalled(here: TestPodkeeper, signal: AbortSignal): Promise<null> {
  for (;;) {
    const before = (await here.now()).getTime();
    await pause(STALL_MS, null, { signal });
    if ((await here.now()).getTime() - before < STALLED_PACE * STALL_MS) return null;
  }
}

/** By the namespace's id, as the worker does it. */
async function controlPlaneAt({ env }: TestPodkeeper): Promise<string> {
  const namespace = env.namespace ?? 'default';
  const { namespaceInfo } = await env.connection.workflowService.describeNamespace({ namespace });
  const id = namespaceInfo?.id;
  return controlPlaneOf(id == null || id === '' ? namespace : id);
}

/** When calls failed by no fault of theirs; a refusal may have asked for some patience. Lists that lag, and a quota, are no troubles: bounds reckon with them. */
function troublesOf(cloud: SimulatedCloud): Stretch[] {
  return cloud.calls().flatMap(({ at, faults, outcome }) => {
    if (faults.every((kind) => kind === 'list_hides') && outcome !== 'unauthorized') return [];
    return [{ from: at, until: outcome === 'rate_limited' ? at + LONGEST_WAIT_MS : at }];
  });
}

/** The test environment's time, for clouds. */
class VirtualClock implements Clock, SimulatorClock {
  private here: TestPodkeeper | undefined;
  private current = 0;

  follow(here: TestPodkeeper): void {
    this.here = here;
  }

  now(): number {
    return this.current;
  }

  async refresh(): Promise<void> {
    if (this.here !== undefined) this.current = (await this.here.now()).getTime();
  }

  async sleep(): Promise<void> {
    await Promise.reject(new Error('nobody can wait in virtual time'));
  }
}
