import { WALL_CLOCK } from '../model';
import type { Clock, Pod } from '../model';
import type { RateLimitWindow } from '../http';
import type { CallContext, PodRequest, Provider } from '../providers/contract';
import { CallLimiter } from './limiter';
import type { Lane } from './limiter';
import { currentMoment, msSince } from './moment';
import type { Moment } from './moment';

/** A complete list of an account's pods and when the call for it began. */
export interface PodList {
  /** Ours or not. */
  pods: Pod[];
  /** ms since 1970. What was true then is in it, up to the provider's list lag. */
  begunAt: number;
}

/**
 * What a worker holds for one provider account: the provider with its credential, the order and the number of its calls, and the list that its looks
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
  private shared: { list: Promise<PodList>; begun: Moment } | undefined;

  /** @param clock default {@link WALL_CLOCK} */
  constructor(name: string, provider: Provider, clock: Clock = WALL_CLOCK) {
    this.name = name;
    this.provider = provider;
    this.clock = clock;
    this.limiter = new CallLimiter({ clock });
  }

  /** Sends at most one create, as the provider's `spawn` does. @throws PodkeeperError `rate_limited`, refused, when its turn doesn't come in time. */
  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    return await this.limiter.run('create', context.signal, () =>
      this.provider.spawn(request, { ...context, rateLimits: this.heard }),
    );
  }

  /** Asks for a pod's end, before all other calls. */
  async terminate(id: string, signal: AbortSignal): Promise<void> {
    await this.limiter.run('end', signal, () => this.provider.terminate(id, { signal, rateLimits: this.heard }));
  }

  /**
   * A list that this call makes itself: the only kind that proves an absence.
   *
   * @param lane what it is for
   */
  async freshList(signal: AbortSignal, lane: Lane): Promise<PodList> {
    return await this.limiter.run(lane, signal, () => this.list(signal));
  }

  /**
   * A list that others may have asked for, begun at most `maxAgeMs` ago: with it, a thousand looks cost no more calls than ten. It has a deadline of its own, since no single caller may cut it short for the others.
   */
  async sharedList(maxAgeMs: number, timeoutMs: number): Promise<PodList> {
    if (this.clock.refresh !== undefined) await this.clock.refresh();
    if (this.shared === undefined || msSince(this.shared.begun, this.clock) > maxAgeMs) {
      const begun = currentMoment(this.clock);
      const list = this.freshList(AbortSignal.timeout(timeoutMs), 'list');
      const shared = { list, begun };
      this.shared = shared;
      list.catch(() => {
        if (this.shared === shared) this.shared = undefined;
      });
    }
    return await this.shared.list;
  }

  /** Forgets the shared list, after a call that made it wrong. */
  invalidate(): void {
    this.shared = undefined;
  }

  private async list(signal: AbortSignal): Promise<PodList> {
    const begunAt = this.clock.now();
    return { pods: await this.provider.list({}, { signal, rateLimits: this.heard }), begunAt };
  }

  private readonly heard = (windows: RateLimitWindow[]): void => this.limiter.heard(windows);
}
