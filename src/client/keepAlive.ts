import { isPodkeeperError } from '../model';
import type { TouchResult } from '../model';
import type { PodInfo } from './podInfo';
import type { ClientTime, Sleep } from './time';

/** Options of {@link KeepAlive}. */
export interface KeepAliveOptions {
  /** Interval of touches, ms. Default: a third of the claim's `idleTimeout`, at most 1 min; 1 min until it is known. */
  everyMs?: number;
  /** Called once when the lease is lost: the claim is ending or has ended. */
  onLost?: (error: unknown) => void;
}

/** The longest default interval: an event or two per minute is cheap, losing a lease to one slow touch is not. */
const LONGEST_INTERVAL_MS = 60_000;
const SHORTEST_INTERVAL_MS = 1_000;

/** What a {@link KeepAlive} touches: a `PodHandle`. */
export interface Touchable {
  /** The claim id. */
  readonly id: string;
  /** Renews the lease. */
  touch: () => Promise<TouchResult>;
  /** Called once, for the claim's `idleTimeout`. */
  info: () => Promise<PodInfo>;
}

/** Touches a claim until it is stopped. It doesn't keep the process alive. A failed touch is followed by the next. */
export class KeepAlive {
  readonly #pod: Touchable;
  readonly #options: KeepAliveOptions;
  readonly #stopped = new AbortController();

  /** @internal Use `PodHandle.keepAlive`. */
  constructor(pod: Touchable, options: KeepAliveOptions, time: ClientTime) {
    this.#pod = pod;
    this.#options = options;
    void time.accompany(`keepAlive() of claim ${pod.id}`, (sleep) => this.run(sleep));
  }

  /** Stops touching. The claim then ends after its `idleTimeout`. */
  stop(): void {
    this.#stopped.abort();
  }

  private async run(sleep: Sleep): Promise<void> {
    const { signal } = this.#stopped;
    const everyMs = this.#options.everyMs ?? (await this.defaultInterval());
    while (!signal.aborted) {
      await this.touch();
      // Interrupted only by a stop, or when there is no more time to wait in.
      await sleep(everyMs, signal).catch(() => this.stop());
    }
  }

  private async touch(): Promise<void> {
    try {
      await this.#pod.touch();
    } catch (error) {
      if (!isPodkeeperError(error) || (error.kind !== 'conflict' && error.kind !== 'not_found')) return;
      if (!this.#stopped.signal.aborted) this.#options.onLost?.(error);
      this.stop();
    }
  }

  private async defaultInterval(): Promise<number> {
    const info = await this.#pod.info().catch(() => null);
    const idle = info?.claim?.spec?.idleTimeoutMs ?? null;
    return Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, (idle ?? Infinity) / 3));
  }
}
