import { currentMoment, msSince } from '../accounts';
import { PodkeeperError, formatDuration } from '../model';

/**
 * Keeps a create from sending after Temporal gave it up. A worker that was frozen, or a machine that slept, wakes up with its request
 * unsent. By then Temporal counts it as lost, and the workflow relies on no request being younger than the send window.
 */
export class SendFence {
  private readonly windowMs: number;
  private renewed = currentMoment();

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /**
   * Extends the window.
   *
   * @throws as {@link check}
   */
  renew(): void {
    this.check();
    this.renewed = currentMoment();
  }

  /** @throws PodkeeperError `transport`, refused, when the window has passed */
  check(): void {
    const passed = msSince(this.renewed);
    if (passed <= this.windowMs) return;
    throw new PodkeeperError('transport', `not sent: the create made no progress for ${formatDuration(passed)}`, {
      refused: true,
    });
  }
}
