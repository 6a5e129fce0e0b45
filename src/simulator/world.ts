import { fitsName } from './checks';
import { Credentials } from './credentials';
import { SimulatedFailure } from './failure';
import type { MetFaults } from './faultBook';
import { FaultBook } from './faultBook';
import { Fleet } from './fleet';
import type { Requester } from './fleet';
import { JobBoard } from './jobBoard';
import { Market } from './market';
import type { CallRecord, Operation } from './operations';
import type { CompleteOptions } from './options';
import type { SimulatedPod } from './pod';
import type { CompleteRequest } from './podRequest';
import { SeededRandom } from './random';
import { ScriptBook } from './script';
import { Timeline } from './timeline';

const MINUTE_MS = 60_000;

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

/** The state of a cloud between two resets. */
export class World {
  readonly options: CompleteOptions;
  readonly fleet: Fleet;
  readonly market: Market;
  readonly jobs: JobBoard;
  readonly faults = new FaultBook();
  readonly scripts = new ScriptBook();
  readonly credentials: Credentials;
  private readonly timeline = new Timeline();
  private readonly omissions: SeededRandom;
  private readonly latencies: SeededRandom;
  private readonly records: Mutable<CallRecord>[] = [];
  private latest = -Infinity;
  private minute = { since: -Infinity, calls: 0 };

  constructor(options: CompleteOptions) {
    const { seed, market, cpuMarket, unlistedHourlyPrice, jobs, jobTimes, jobEndpoints } = options;
    this.options = options;
    this.market = new Market(market, cpuMarket, unlistedHourlyPrice);
    this.credentials = new Credentials(options.credentials);
    this.omissions = new SeededRandom(seed, 'omissions');
    this.latencies = new SeededRandom(seed, 'latencies');
    const rules = { handler: jobs, times: jobTimes ?? null, endpoints: jobEndpoints ?? null };
    this.jobs = new JobBoard(rules, new SeededRandom(seed, 'jobs'), this.timeline);
    const { timeline, scripts, credentials } = this;
    this.fleet = new Fleet({
      options,
      timeline,
      market: this.market,
      scripts,
      credentials,
      ids: new SeededRandom(seed, 'pods'),
    });
    for (const script of options.scripts) this.scripts.add(script);
    this.faults.add(options.faults, this.now());
  }

  /** Applies due events and returns the time. Time never goes back, even if the clock does. */
  now(): number {
    this.latest = Math.max(this.latest, this.options.clock.now());
    this.timeline.applyUntil(this.latest);
    return this.latest;
  }

  /** How long a call takes, ms. */
  latency(operation: Operation): number {
    const { latencyMs, latencyJitter } = this.options;
    const ms = typeof latencyMs === 'number' ? latencyMs : (latencyMs[operation] ?? 0);
    return ms === 0 ? 0 : ms * (1 + latencyJitter * (2 * this.latencies.next() - 1));
  }

  record(operation: Operation, subject: string | null, credential: string | null): Mutable<CallRecord> {
    const [number, at] = [this.records.length + 1, this.now()];
    const record = { number, operation, at, subject, credential, faults: [], executed: false, outcome: null };
    this.records.push(record);
    return record;
  }

  /** @throws SimulatedFailure `rate_limited` if the minute's limit is reached */
  countCall(now: number): void {
    const { callsPerMinute } = this.options;
    if (callsPerMinute === null) return;
    if (now - this.minute.since >= MINUTE_MS) this.minute = { since: now, calls: 0 };
    this.minute.calls += 1;
    if (this.minute.calls <= callsPerMinute) return;
    const retryAfterMs = this.minute.since + MINUTE_MS - now;
    throw new SimulatedFailure('rate_limited', `more than ${callsPerMinute} calls a minute`, { retryAfterMs });
  }

  calls(): CallRecord[] {
    return this.records.map((record) => Object.freeze({ ...record, faults: Object.freeze([...record.faults]) }));
  }

  create(request: CompleteRequest, requester: Requester): SimulatedPod {
    const life = this.fleet.create(request, requester, this.now());
    this.now();
    return life.pod;
  }

  /** Creates the pod later, if the market has the hardware then. */
  createLate(request: CompleteRequest, requester: Requester, lateMs: number): void {
    this.timeline.plan(this.now() + lateMs, (at) => {
      try {
        this.fleet.create(request, requester, at);
      } catch (error) {
        if (!(error instanceof SimulatedFailure)) throw error;
      }
    });
  }

  ask(id: string, event: 'stop' | 'start' | 'terminate', { outcome }: MetFaults): SimulatedPod {
    const now = this.now();
    const life = this.fleet.requireShown(id, now);
    if (outcome?.kind === 'terminate_ignored') return life.pod;
    if (outcome?.kind === 'gone_but_alive') {
      life.hiddenUntil = now + outcome.forMs;
      return life.pod;
    }
    this.fleet.ask(life, event, now);
    this.now();
    return life.pod;
  }

  list({ lag, omits, empty, hides, hidden }: MetFaults): SimulatedPod[] {
    const now = this.now();
    if (empty !== undefined) return [];
    const { listLagMs, endedShownMs } = this.options;
    const moment = now - Math.max(listLagMs, lag?.lagMs ?? 0);
    return this.fleet
      .all()
      .filter((life) => life.hiddenUntil <= now)
      .flatMap((life) => life.shownAt(moment, endedShownMs) ?? [])
      .filter(({ name }) => hides === undefined || !fitsName(hides.name, name))
      .filter(({ name }) => hidden === undefined || !fitsName(hidden.name, name))
      .filter((pod) => omits === undefined || !this.isOmitted(pod, omits));
  }

  private isOmitted(pod: SimulatedPod, { omits, share = 0.5 }: NonNullable<MetFaults['omits']>): boolean {
    return omits === undefined ? this.omissions.chance(share) : omits(pod);
  }
}
