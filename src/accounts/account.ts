import type { Pod } from '../model';
import type { Provider } from '../providers/contract';
import { currentMoment, msSince } from './moment';
import type { Moment } from './moment';

/** A complete list of an account's pods and when the call for it began. */
export interface PodList {
  pods: Pod[];
  /** ms since 1970. What was true then is in it, up to the provider's list lag. */
  begunAt: number;
}

/** What a worker holds for one provider account: the provider with its credential, and the list that its looks share. */
export class Account {
  readonly name: string;
  readonly provider: Provider;
  private shared: { list: Promise<PodList>; begun: Moment } | undefined;

  constructor(name: string, provider: Provider) {
    this.name = name;
    this.provider = provider;
  }

  /** A list that this call makes itself: the only kind that proves an absence. */
  async freshList(signal: AbortSignal): Promise<PodList> {
    const begunAt = Date.now();
    return { pods: await this.provider.list({}, { signal }), begunAt };
  }

  /**
   * A list that others may have asked for, begun at most `maxAgeMs` ago: with it, a thousand looks cost no more calls than ten. It has a deadline of its own, since no single caller may cut it short for the others.
   */
  async sharedList(maxAgeMs: number, timeoutMs: number): Promise<PodList> {
    if (this.shared === undefined || msSince(this.shared.begun) > maxAgeMs) {
      const begun = currentMoment();
      const list = this.freshList(AbortSignal.timeout(timeoutMs));
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
}
