import { condition, log } from '@temporalio/workflow';
import { TRANSITIONS, iso } from '../model';
import type { EndDecision, EndReason, ErrorKind, Phase, Transition } from '../model';
import type { Journal } from './journal';
import { stoppable } from './proxies';
import type { Stoppable } from './proxies';

/** Where a claim is between its start and its end. */
export interface CourseState {
  phase: Phase;
  /** `null` until its end is decided. */
  end: EndDecision | null;
}

export function newCourse(): CourseState {
  return { phase: 'pending', end: null };
}

/** A claim's phase, and the decision to end it, which stops all work but ends. */
export class Course {
  private readonly interruptible = new Set<Stoppable<unknown>>();
  private readonly state: CourseState;
  private readonly journal: Journal;

  constructor(state: CourseState, journal: Journal) {
    this.state = state;
    this.journal = journal;
  }

  get phase(): Phase {
    return this.state.phase;
  }

  get end(): EndDecision | null {
    return this.state.end;
  }

  /** An end is decided: nothing new may be started, except ends. */
  get isEnding(): boolean {
    return this.state.end !== null;
  }

  /**
   * Changes the phase. Nothing else changes it.
   *
   * A transition that isn't in the table is a bug. It is logged, and made all the same: an error would fail the workflow task again and
   * again, and staying in the old phase would leave a debt that nobody may write off. Either would keep a pod from its end. The workflow's
   * tests and the recorded histories fail on such a transition.
   */
  moveTo(to: Phase): void {
    const from = this.state.phase;
    // The state may come from a newer release, with a phase that isn't known here.
    const ways: Readonly<Record<string, readonly Transition[]>> = TRANSITIONS;
    const message = `phase ${from} → ${to}`;
    if (ways[from]?.some((way) => way.to === to) === true) log.debug(message);
    else log.error(`${message} is not in the table of transitions`);
    this.state.phase = to;
  }

  /** Decides the end. The first decision stands. */
  decideEnd(reason: EndReason, message: string, kind?: ErrorKind): void {
    if (this.isEnding) return;
    this.state.end = { reason, message, at: iso(Date.now()), ...(kind === undefined ? {} : { kind }) };
    this.moveTo('ending');
    this.journal.log('ending', message);
    this.journal.publish();
    for (const work of this.interruptible) work.stop();
  }

  fail(kind: ErrorKind, message: string): void {
    this.decideEnd('failed', message, kind);
  }

  /** Runs a call that is cancelled as soon as an end is decided. */
  async untilEnding<T>(run: () => Promise<T>): Promise<T> {
    const work = stoppable(run);
    this.interruptible.add(work);
    if (this.isEnding) work.stop();
    try {
      return await work.promise;
    } finally {
      this.interruptible.delete(work);
    }
  }

  /**
   * Waits, at most until an end is decided.
   *
   * @param summary what it waits for, for people
   */
  async waitUnlessEnding(ms: number, summary: string): Promise<void> {
    if (!this.isEnding) await condition(() => this.isEnding, Math.max(1, ms), { summary });
  }
}
