import { isPodkeeperError } from '../model';
import type { TouchResult } from '../model';
import type { PodInfo } from './podInfo';

/** How a lease is kept. */
export interface KeepAliveOptions {
  /** Time between two touches, ms. Default: a third of the claim's `idleTimeout`, at most 1 min; 1 min while it isn't known. */
  everyMs?: number;
  /** Told once when the lease is lost: the claim is ending or has ended. */
  onLost?: (error: unknown) => void;
}

/** The longest default interval: an event or two a minute is cheap, a lease lost to one slow touch is not. */
const LONGEST_INTERVAL_MS = 60_000;
const SHORTEST_INTERVAL_MS = 1_000;

/** What a {@link KeepAlive} touches: a `PodHandle`. */
export interface Touchable {
  touch: () => Promise<TouchResult>;
  info: () => Promise<PodInfo>;
}

/** Touches a claim until stopped. Never keeps the process alive by itself; one failed touch is followed by the next. */
export class KeepAlive {
  private readonly pod: Touchable;
  private readonly options: KeepAliveOptions;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** @internal Use `PodHandle.keepAlive`. */
  constructor(pod: Touchable, options: KeepAliveOptions) {
    this.pod = pod;
    this.options = options;
    void this.run();
  }

  /** No more touches; the claim ends with its `idleTimeout`. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    const everyMs = this.options.everyMs ?? (await this.defaultInterval());
    const beat = async (): Promise<void> => {
      try {
        await this.pod.touch();
      } catch (error) {
        if (isPodkeeperError(error) && (error.kind === 'conflict' || error.kind === 'not_found')) {
          if (!this.stopped) this.options.onLost?.(error);
          this.stop();
        }
      }
      if (this.stopped) return;
      this.timer = setTimeout(() => void beat(), everyMs);
      this.timer.unref();
    };
    if (!this.stopped) await beat();
  }

  private async defaultInterval(): Promise<number> {
    const info = await this.pod.info().catch(() => null);
    const idle = info?.claim?.spec?.idleTimeoutMs ?? null;
    return Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, (idle ?? Infinity) / 3));
  }
}
