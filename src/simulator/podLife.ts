import type { SimulatedPod } from './pod';
import { isEnded } from './podStates';

/** The history of a pod, one entry per change, in order. */
export class PodLife {
  /** `get` and `list` don't show the pod before this time, ms since 1970. */
  hiddenUntil = -Infinity;
  private readonly changes: { at: number; pod: SimulatedPod }[];

  constructor(pod: SimulatedPod) {
    this.changes = [{ at: pod.createdAt, pod: Object.freeze(pod) }];
  }

  /** The current state. */
  get pod(): SimulatedPod {
    const last = this.changes.at(-1);
    if (last === undefined) throw new Error('a pod history is never empty');
    return last.pod;
  }

  change(at: number, to: Partial<SimulatedPod>): void {
    this.changes.push({ at, pod: Object.freeze({ ...this.pod, ...to }) });
  }

  /** The state at a time; `undefined` before its creation. */
  at(moment: number): SimulatedPod | undefined {
    return this.changes.findLast(({ at }) => at <= moment)?.pod;
  }

  /** The state at a time; `undefined` if it wasn't shown then. */
  shownAt(moment: number, endedShownMs: number): SimulatedPod | undefined {
    const pod = this.at(moment);
    if (pod === undefined || (isEnded(pod.state) && moment - pod.stateSince >= endedShownMs)) return undefined;
    return pod;
  }
}
