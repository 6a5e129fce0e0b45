import { DEFAULT_SETTINGS, WALL_CLOCK } from '../model';
import type { Clock, Pod, Settings } from '../model';
import type { RateLimitWindow } from '../http';
import type { CallContext, PodRequest, Provider } from '../providers/contract';
import { CallLimiter } from './limiter';
import type { ListLane } from './lanes';
import { AccountLists } from './lists';
import type { PodList } from './lists';

/** Options of an {@link Account}. */
export interface AccountOptions {
  /** The clock by which lists are dated. Default {@link WALL_CLOCK}. */
  clock?: Clock;
  /** Default {@link DEFAULT_SETTINGS}. */
  settings?: Pick<Settings, 'callTimeoutMs' | 'endBackoffMaxMs' | 'createBackoffMaxMs'>;
}

/**
 * One provider account in one worker: the provider with its credential, the order and number of its calls, and the lists that calls share.
 */
export class Account {
  /** The account's name in the worker's configuration; part of its task queues. */
  readonly name: string;
  /** The provider with this account's credential. */
  readonly provider: Provider;
  /** The clock by which lists are dated. */
  readonly clock: Clock;
  private readonly limiter: CallLimiter;
  private readonly lists: AccountLists;

  constructor(
    name: string,
    provider: Provider,
    { clock = WALL_CLOCK, settings = DEFAULT_SETTINGS }: AccountOptions = {},
  ) {
    this.name = name;
    this.provider = provider;
    this.clock = clock;
    this.limiter = new CallLimiter({ clock, settings });
    this.lists = new AccountLists({
      limiter: this.limiter,
      clock,
      timeoutMs: settings.callTimeoutMs,
      ask: (signal) => this.list(signal),
    });
  }

  /**
   * Sends at most one create, as the provider's `spawn` does.
   *
   * @throws PodkeeperError `rate_limited`, refused, when its turn doesn't come in time
   */
  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    return await this.limiter.run('create', context.signal, () =>
      this.provider.spawn(request, { ...context, rateLimits: this.updateRateLimits }),
    );
  }

  /** Deletes a pod. Deletes go before all other calls. */
  async terminate(id: string, signal: AbortSignal): Promise<void> {
    await this.limiter.runEnd(id, signal, () =>
      this.provider.terminate(id, { signal, rateLimits: this.updateRateLimits }),
    );
  }

  /**
   * Returns a list whose first page was requested after this call. Only such a list proves an absence. It waits for the list in flight, and
   * everybody who asks meanwhile shares it, so that an account never has more than one list in flight and one waiting. It answers or fails
   * within 2 × `callTimeout`, plus the time until its turn.
   *
   * @param signal gives up this caller's wait; the list goes on for the others. It needs no deadline.
   * @param lane what the list is for; the most urgent of its callers counts
   * @throws PodkeeperError `rate_limited` when its turn doesn't come in time; `timeout` or `transport` when the signal aborts first
   */
  async listBegunAfterNow(signal: AbortSignal, lane: ListLane): Promise<PodList> {
    return await this.lists.begunAfterNow(signal, lane);
  }

  /**
   * Returns a list that began at most `maxAgeMs` ago by any caller, or else a new one as {@link listBegunAfterNow} does. With it, a
   * thousand polls cost no more calls than ten.
   */
  async sharedList(maxAgeMs: number, signal: AbortSignal = new AbortController().signal): Promise<PodList> {
    if (this.clock.refresh !== undefined) await this.clock.refresh();
    return (await this.lists.youngerThan(maxAgeMs, signal)) ?? (await this.lists.begunAfterNow(signal, 'list'));
  }

  /** The newest list, if it began at most `maxAgeMs` ago. It ignores {@link invalidate}, and makes no call. */
  lastSeen(maxAgeMs: number): PodList | undefined {
    return this.lists.lastSeen(maxAgeMs);
  }

  /** Discards the lists that have begun, after a call that made them outdated. */
  invalidate(): void {
    this.lists.invalidate();
  }

  private async list(signal: AbortSignal): Promise<Pick<PodList, 'pods' | 'identity'>> {
    const context = { signal, rateLimits: this.updateRateLimits };
    const identity = (await this.provider.accountIdentity?.(context)) ?? this.name;
    return { identity, pods: await this.provider.list({}, context) };
  }

  private readonly updateRateLimits = (windows: RateLimitWindow[]): void => this.limiter.updateRateLimits(windows);
}
