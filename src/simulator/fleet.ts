import { PodkeeperError } from '../model';
import type { Credentials } from './credentials';
import { endpointsOf } from './pod';
import { SimulatedFailure } from './failure';
import { LedgerBook } from './ledgerBook';
import type { Market } from './market';
import type { CompleteOptions } from './options';
import type { SimulatedPod } from './pod';
import { PodLife } from './podLife';
import type { CompleteRequest } from './podRequest';
import { TRANSITIONS, billedIn, isEnded, refusalIn } from './podStates';
import type { PodEvent, PodRequestEvent, PodState } from './podStates';
import type { SeededRandom } from './random';
import type { PodScript, ScriptBook } from './script';
import type { Timeline } from './timeline';

/** The length of RunPod's ids. */
const ID_LENGTH = 14;

/** Who requested a pod, and when. */
export interface Requester {
  /** The credential itself. */
  key: string | undefined;
  /** ms since 1970. */
  at: number;
}

type Parts = {
  options: CompleteOptions;
  timeline: Timeline;
  market: Market;
  scripts: ScriptBook;
  credentials: Credentials;
  ids: SeededRandom;
};

/** The pods of a cloud, and their state changes. */
export class Fleet {
  readonly book = new LedgerBook();
  private readonly lives = new Map<string, PodLife>();
  private readonly stock = new Map<string, () => void>();
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  all(): PodLife[] {
    return [...this.lives.values()];
  }

  find(id: string): PodLife | undefined {
    return this.lives.get(id);
  }

  /** A pod's true state, for controls. @throws PodkeeperError `not_found` */
  require(id: string): PodLife {
    const life = this.lives.get(id);
    if (life !== undefined) return life;
    throw new PodkeeperError('not_found', `the simulated cloud has no pod ${id}`);
  }

  /** A pod as shown to callers. @throws SimulatedFailure `not_found` */
  requireShown(id: string, now: number): PodLife {
    const life = this.lives.get(id);
    const { endedShownMs } = this.parts.options;
    if (life !== undefined && life.hiddenUntil <= now && life.shownAt(now, endedShownMs) !== undefined) return life;
    throw new SimulatedFailure('not_found', `there is no pod ${id}`);
  }

  /** @throws SimulatedFailure if the market doesn't have the hardware */
  create(request: CompleteRequest, requester: Requester, now: number): PodLife {
    const { market, scripts, options } = this.parts;
    const { region, hourlyPrice, giveBack } = market.take(request);
    const pod: SimulatedPod = {
      ...request,
      id: this.newId(),
      state: 'creating',
      shownAs: null,
      failure: null,
      gpuCount: request.gpu === null ? 0 : request.gpuCount,
      region,
      endpoints: [],
      hourlyPrice,
      createdAt: now,
      runningSince: null,
      stateSince: now,
      exitCode: null,
    };
    const life = new PodLife(pod);
    this.lives.set(pod.id, life);
    this.stock.set(pod.id, giveBack);
    this.book.open(pod, this.parts.credentials.nameOf(requester.key), requester.at);
    this.book.bill(pod.id, now, 'running', hourlyPrice);
    this.follow(life, scripts.next(pod), options);
    return life;
  }

  /** Applies a caller's request. @throws SimulatedFailure `busy` or `conflict`, if the pod's state doesn't allow it */
  ask(life: PodLife, event: PodRequestEvent, now: number): void {
    const { id, state } = life.pod;
    if (this.apply(life, event, now)) return;
    throw new SimulatedFailure(refusalIn(state), `pod ${id} is ${state}: it can't ${event} now`);
  }

  /** Applies an event to a pod. Returns `false`, without effect, if the pod's state doesn't allow it. */
  apply(life: PodLife, event: PodEvent, at: number, { exitCode = 0, failure = '' } = {}): boolean {
    const { state: from, ...pod } = life.pod;
    const state = TRANSITIONS[from][event];
    if (state === undefined) return false;
    if (state === from) return true;
    const isRunning = state === 'running';
    life.change(at, {
      state,
      stateSince: at,
      runningSince: isRunning ? at : null,
      endpoints: isRunning ? Object.freeze(endpointsOf(pod, this.parts.options.endpoints)) : [],
      exitCode: event === 'exit' ? exitCode : event === 'start' ? null : pod.exitCode,
      failure: event === 'fail' ? failure : pod.failure,
    });
    this.write(life, event, state, at);
    this.planNext(life, event, at);
    return true;
  }

  /** Applies an event for a test. @throws PodkeeperError `conflict`, if the pod's state doesn't allow it */
  force(id: string, event: PodEvent, at: number, details: { exitCode?: number; failure?: string } = {}): void {
    const life = this.require(id);
    const { state } = life.pod;
    if (this.apply(life, event, at, details)) return;
    throw new PodkeeperError(
      'conflict',
      `pod ${id} is ${state}, which doesn't allow '${event}': check pod(id).state first`,
    );
  }

  reprice(life: PodLife, hourlyPrice: number, at: number): void {
    const { id, state } = life.pod;
    if (isEnded(state)) return;
    life.change(at, { hourlyPrice });
    if (state !== 'terminating' && billedIn(state) === 'running') this.book.bill(id, at, 'running', hourlyPrice);
  }

  private follow(life: PodLife, script: PodScript, { creatingMs, runningAfterMs }: CompleteOptions): void {
    const { createdAt } = life.pod;
    const runs = script.runningAfterMs === undefined ? runningAfterMs : script.runningAfterMs;
    const plan = (afterMs: number | null | undefined, apply: (at: number) => void): void => {
      if (afterMs !== undefined && afterMs !== null) this.parts.timeline.plan(createdAt + afterMs, apply);
    };
    plan(creatingMs, (at) => this.apply(life, 'provision', at));
    plan(runs, (at) => this.apply(life, 'run', at));
    for (const { afterMs, hourlyPrice } of script.priceJumps ?? []) {
      plan(afterMs, (at) => this.reprice(life, hourlyPrice, at));
    }
    plan(script.exitsAfterMs, (at) => this.apply(life, 'exit', at, { exitCode: script.exitCode }));
    plan(script.failsAfterMs, (at) =>
      this.apply(life, 'fail', at, { failure: script.failure ?? 'the machine broke down' }),
    );
    plan(script.preemptedAfterMs, (at) => this.apply(life, 'preempt', at));
  }

  private write(life: PodLife, event: PodEvent, state: PodState, at: number): void {
    const { id, hourlyPrice } = life.pod;
    if (event === 'exit') this.book.note(id, 'exit');
    if (event === 'fail') this.book.note(id, 'failure');
    if (event === 'preempt') this.book.note(id, 'preemption');
    if (event === 'start') this.book.note(id, null);
    if (event === 'terminated') this.book.note(id, 'request');
    if (state === 'terminating') return;
    const why = billedIn(state);
    this.book.bill(id, at, why, why === 'disk' ? this.parts.options.diskHourlyPrice : hourlyPrice);
    if (!isEnded(state)) return;
    this.book.close(id, at);
    this.stock.get(id)?.();
    this.stock.delete(id);
  }

  /** Plans the events that follow from an event. */
  private planNext(life: PodLife, event: PodEvent, at: number): void {
    const { options, timeline } = this.parts;
    const later = (ms: number, next: PodEvent): void => {
      timeline.plan(at + ms, (moment) => this.apply(life, next, moment));
    };
    if (event === 'stop') later(options.stoppingMs, 'stopped');
    if (event === 'start') later(options.startingMs, 'run');
    if (event === 'terminate') later(options.terminatingMs, 'terminated');
  }

  private newId(): string {
    const { ids, options } = this.parts;
    const prefix = options.idPrefix === '' ? '' : `${options.idPrefix}-`;
    let id = `${prefix}${ids.text(ID_LENGTH)}`;
    while (this.lives.has(id)) id = `${prefix}${ids.text(ID_LENGTH)}`;
    return id;
  }
}
