import type { SimulatedPod } from './pod';
import { isEnded } from './podStates';

/** Everything that a pod has been, one entry for each change, in order. */
export class PodLife {
  /** Get and list don't show it before this moment, ms since 1970. */
  hiddenUntil = -Infinity;
  private readonly changes: { at: number; pod: SimulatedPod }[];

  constructor(pod: SimulatedPod) {
    this.changes = [{ at: pod.createdAt, pod: Object.freeze(pod) }];
  }

  /** As it is after its last change. */
  get pod(): SimulatedPod {
    const last = this.changes.at(-1);
    if (last === undefined) throw new Error('a life begins with a pod');
    return last.pod;
  }

  change(at: number, to: Partial<SimulatedPod>): void {
    this.changes.push({ at, pod: Object.freeze({ ...this.pod, ...to }) });
  }

  /** As it was at a moment; `undefined` before its creation. */
  at(moment: number): SimulatedPod | undefined {
    return this.changes.findLast(({ at }) => at <= moment)?.pod;
  }

  /** Whether it is shown at a moment, as it was then. */
  shownAt(moment: number, endedShownMs: number): SimulatedPod | undefined {
    const pod = this.at(moment);
    if (pod === undefined || (isEnded(pod.state) && moment - pod.stateSince >= endedShownMs)) return undefined;
    return pod;
  }
}
