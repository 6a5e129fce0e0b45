import { DEFAULT_SETTINGS, WALL_CLOCK } from '../model';
import type { Clock, Pod, Settings } from '../model';
import type { RateLimitWindow } from '../http';
import type { CallContext, PodRequest, Provider } from '../providers/contract';
import { CallLimiter } from './limiter';
import type { ListLane } from './lanes';
import { AccountLists } from './lists';
import type { PodList } from './lists';

/** What an {@link Account} goes by. */
export interface AccountOptions {
  /** The one by which lists are dated. Default {@link WALL_CLOCK}. */
  clock?: Clock;
  /** Default {@link DEFAULT_SETTINGS}. */
  settings?: Pick<Settings, 'callTimeoutMs' | 'endBackoffMaxMs' | 'createBackoffMaxMs'>;
}

/**
 * What a worker holds for one provider account: the provider with its credential, the order and the number of its calls, and the lists that its calls
 * share.
 */
export class Account {
  /** As the worker's configuration names it; part of its task queues. */
  readonly name: string;
  /** The provider with this account's credential. */
  readonly provider: Provider;
  /** The one by which lists are dated. */
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

  /** Sends at most one create, as the provider's `spawn` does. @throws PodkeeperError `rate_limited`, refused, when its turn doesn't come in time. */
  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    return await this.limiter.run('create', context.signal, () =>
      this.provider.spawn(request, { ...context, rateLimits: this.updateRateLimits }),
    );
  }

  /** Asks for a pod's end, before all other calls. */
  async terminate(id: string, signal: AbortSignal): Promise<void> {
    await this.limiter.runEnd(id, signal, () =>
      this.provider.terminate(id, { signal, rateLimits: this.updateRateLimits }),
    );
  }

  /**
   * A list whose first page is asked for after this call: the only kind that proves an absence. It waits for the list that is under way, and is shared
   * by all who ask meanwhile: however many there are, an account has one list under way and one waiting. With `callTimeout` for each of the two it answers or
   * fails within 2 × `callTimeout`, and the time that its turn takes.
   *
   * @param signal gives up this caller's wait; the list goes on for the others. It needs no deadline.
   * @param lane what it is for; a list that waits goes by the most urgent of those that share it
   * @throws PodkeeperError `rate_limited`, when its turn doesn't come in time; `timeout` or `transport`, when the signal aborts before
   */
  async listBegunAfterNow(signal: AbortSignal, lane: ListLane): Promise<PodList> {
    return await this.lists.begunAfterNow(signal, lane);
  }

  /**
   * A list that began at most `maxAgeMs` ago, whoever asked for it, else as {@link listBegunAfterNow}: with it, a thousand looks cost no more calls
   * than ten.
   */
  async sharedList(maxAgeMs: number, signal: AbortSignal = new AbortController().signal): Promise<PodList> {
    if (this.clock.refresh !== undefined) await this.clock.refresh();
    return (await this.lists.youngerThan(maxAgeMs, signal)) ?? (await this.lists.begunAfterNow(signal, 'list'));
  }

  /** What the newest list showed that began at most `maxAgeMs` ago, whatever has been done since; nothing is asked for. */
  lastSeen(maxAgeMs: number): PodList | undefined {
    return this.lists.lastSeen(maxAgeMs);
  }

  /** Forgets the lists that have begun, after a call that made them wrong. */
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
