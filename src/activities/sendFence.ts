import { currentMoment, msSince } from '../accounts';
import { PodkeeperError, formatDuration } from '../model';

/**
 * Keeps a create that was given up from sending. A worker that was frozen, or a machine that slept, wakes up with its request still
 * unsent; by then Temporal has counted it as lost, and the workflow reckons with no request younger than the window.
 */
export class SendFence {
  private readonly windowMs: number;
  private renewed = currentMoment();

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /** Says that the call is alive; throws when it was not for longer than the window. */
  renew(): void {
    this.check();
    this.renewed = currentMoment();
  }

  /** @throws PodkeeperError `transport`, refused, when the window has passed. */
  check(): void {
    const passed = msSince(this.renewed);
    if (passed <= this.windowMs) return;
    throw new PodkeeperError('transport', `not sent: the create lay still for ${formatDuration(passed)}`, {
      refused: true,
    });
  }
}
