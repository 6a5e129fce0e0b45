import { PodkeeperError } from '../model';
import type { Credentials } from './credentials';
import { endpointsOf } from './endpoints';
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

/** As long as the ids of RunPod. */
const ID_LENGTH = 14;

/** Who asked for a pod, and when. */
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

/** The pods of a cloud, and what becomes of them. */
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

  /** The truth about a pod, for its controls. @throws PodkeeperError `not_found` */
  require(id: string): PodLife {
    const life = this.lives.get(id);
    if (life !== undefined) return life;
    throw new PodkeeperError('not_found', `the simulated cloud never had a pod ${id}`);
  }

  /** A pod as callers may know it. @throws SimulatedFailure `not_found` */
  requireShown(id: string, now: number): PodLife {
    const life = this.lives.get(id);
    const { endedShownMs } = this.parts.options;
    if (life !== undefined && life.hiddenUntil <= now && life.shownAt(now, endedShownMs) !== undefined) return life;
    throw new SimulatedFailure('not_found', `there is no pod ${id}`);
  }

  /** @throws SimulatedFailure when the market doesn't have it */
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

  /** What a caller asks of a pod. @throws SimulatedFailure `busy` or `conflict`, when that can't be in its state */
  ask(life: PodLife, event: PodRequestEvent, now: number): void {
    const { id, state } = life.pod;
    if (this.happen(life, event, now)) return;
    throw new SimulatedFailure(refusalIn(state), `pod ${id} is ${state}: it can't ${event} now`);
  }

  /** Lets something happen to a pod; answers `false`, and nothing has, where that can't be in its state. */
  happen(life: PodLife, event: PodEvent, at: number, { exitCode = 0, failure = '' } = {}): boolean {
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
    this.goOn(life, event, at);
    return true;
  }

  /** Lets something happen to a pod because a test says so. @throws PodkeeperError `conflict`, when that can't be in its state */
  force(id: string, event: PodEvent, at: number, details: { exitCode?: number; failure?: string } = {}): void {
    const life = this.require(id);
    const { state } = life.pod;
    if (this.happen(life, event, at, details)) return;
    throw new PodkeeperError('conflict', `pod ${id} is ${state}: '${event}' can't happen to it, look at pod(id).state`);
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
    const plan = (afterMs: number | null | undefined, happen: (at: number) => void): void => {
      if (afterMs !== undefined && afterMs !== null) this.parts.timeline.plan(createdAt + afterMs, happen);
    };
    plan(creatingMs, (at) => this.happen(life, 'provision', at));
    plan(runs, (at) => this.happen(life, 'run', at));
    for (const { afterMs, hourlyPrice } of script.priceJumps ?? []) {
      plan(afterMs, (at) => this.reprice(life, hourlyPrice, at));
    }
    plan(script.exitsAfterMs, (at) => this.happen(life, 'exit', at, { exitCode: script.exitCode }));
    plan(script.failsAfterMs, (at) =>
      this.happen(life, 'fail', at, { failure: script.failure ?? 'the machine broke down' }),
    );
    plan(script.preemptedAfterMs, (at) => this.happen(life, 'preempt', at));
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

  /** What a change leads to by itself. */
  private goOn(life: PodLife, event: PodEvent, at: number): void {
    const { options, timeline } = this.parts;
    const later = (ms: number, next: PodEvent): void => {
      timeline.plan(at + ms, (moment) => this.happen(life, next, moment));
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
