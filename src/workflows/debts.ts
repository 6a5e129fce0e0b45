import { condition, sleep, workflowInfo } from '@temporalio/workflow';
import { NOT_ENDED, formatDuration, knownPods } from '../model';
import type { EndInput, EndOutcome, EndTarget } from '../model';
import type { Attempts } from './attempts';
import type { Course } from './course';
import { DebtBook, sourceOf, textOf } from './debtBook';
import type { DebtsState, OpenDebt } from './debtBook';
import type { Journal } from './journal';
import { detached, stoppable, untilStopped } from './proxies';
import type { Stoppable } from './proxies';
import type { Terms } from './terms';

/** What ends depend on. */
interface Parts {
  terms: Terms;
  course: Course;
  journal: Journal;
  attempts: Attempts;
}

/** Chases each debt until it is proven absent or written off. */
export class Debts {
  /** The ends that run in this workflow. What has to outlive the run is in the book. */
  private readonly running = new Map<OpenDebt, Stoppable<void>>();
  /** The ends with a call in flight. */
  private readonly calling = new Set<OpenDebt>();
  /** The history's length when a new run was first suggested. */
  private suggested: { historyLength: number; historySize: number } | null = null;
  private readonly book: DebtBook;
  private readonly parts: Parts;

  constructor(state: DebtsState, parts: Parts) {
    this.book = new DebtBook(state, parts);
    this.parts = parts;
  }

  get areOpen(): boolean {
    return this.book.open.length > 0;
  }

  /** Pods of an account that are being ended while the claim goes on. */
  terminatingIdsOn(account: string): string[] {
    const onIt = this.book.open.filter((debt) => debt.account === account);
    return onIt.flatMap((debt) => (debt.target.kind === 'life' ? [] : knownPods(debt.target).map(({ id }) => id)));
  }

  /** Starts to end one pod. It continues by itself until it is proven absent or written off. */
  end(account: string, { id, name }: { id: string; name: string }, reason: EndInput['reason']): void {
    this.start(account, { kind: 'pod', id, name }, reason);
  }

  /** Starts to end whatever a create of unknown outcome has made, or still makes. */
  endName(account: string, name: string, reason: EndInput['reason']): void {
    this.start(account, { kind: 'name', name, pods: [] }, reason);
  }

  /** Continues the ends that an earlier run left open. */
  resume(): void {
    for (const debt of this.book.open) this.run(debt);
  }

  /** Ends all pods that the claim may own. Returns `continue` when the history has grown so long that a new run should take over. */
  async settleAll(): Promise<'settled' | 'continue'> {
    const { course, terms } = this.parts;
    // Without an admission there is no account, and nothing was created.
    for (const account of terms.isAdmitted ? terms.accounts : []) {
      const target = this.book.lifeTarget(account);
      if (target !== undefined) this.start(account, target, course.end?.reason ?? 'released');
    }
    await condition(() => !this.areOpen || this.isDueForNewRun);
    if (!this.areOpen) return 'settled';
    await this.suspend();
    return 'continue';
  }

  /**
   * Tells whether a new run should take over now: the history has grown long, and no end has a call in flight. A call that is cut off
   * loses its row of lists, and an end that is cut off again and again is never proven. So a call that doesn't return is waited for until
   * the history is twice as long.
   */
  get isDueForNewRun(): boolean {
    const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
    if (!continueAsNewSuggested) return false;
    if (this.calling.size === 0) return true;
    this.suggested ??= { historyLength, historySize };
    return historyLength >= 2 * this.suggested.historyLength || historySize >= 2 * this.suggested.historySize;
  }

  /** Stops all running ends without closing them, so that the next run continues them. */
  async suspend(): Promise<void> {
    const ends = [...this.running.values()];
    for (const end of ends) end.stop();
    await Promise.all(ends.map(({ promise }) => promise));
  }

  /**
   * Closes all open debts without proof. If the end of the whole life starts later, it still ends the claim's other pods, and its proof
   * covers these debts too.
   */
  writeOff(by: string, reason: string): void {
    for (const debt of this.book.writeOff(by, reason)) this.running.get(debt)?.stop();
  }

  private start(account: string, target: EndTarget, reason: EndInput['reason']): void {
    this.run(this.book.add(account, target, reason));
  }

  private run(debt: OpenDebt): void {
    const work = detached((isStopped) => this.endUntilProven(debt, isStopped));
    const promise = untilStopped(work).finally(() => this.running.delete(debt));
    this.running.set(debt, { promise, stop: work.stop });
  }

  /** No failure of the activity ends this loop: only a proof, a write-off, or a new run that takes over. */
  private async endUntilProven(debt: OpenDebt, isStopped: () => boolean): Promise<void> {
    const { course, terms } = this.parts;
    const alarms = stoppable(() => this.raiseAlarms(debt));
    const silenced = untilStopped(alarms);
    while (!isStopped()) {
      const outcome = await this.tryToEnd(debt);
      if (outcome?.outcome === 'proven') {
        this.book.settle(debt, outcome);
        break;
      }
      if (outcome !== undefined) this.book.recordProgress(debt, outcome);
      // Between two calls no progress is lost, so the next run takes over here as soon as possible.
      const isWatched = course.phase === 'healthy' || course.isEnding;
      if (isWatched && this.calling.size === 0 && workflowInfo().continueAsNewSuggested) break;
      if (outcome === undefined && !isStopped()) {
        await sleep(terms.admission.settings.endBackoffMs, { summary: 'Until the end is tried again' });
      }
    }
    alarms.stop();
    await silenced;
  }

  /** Returns `undefined` when the activity itself failed, which says nothing about the pod. */
  private async tryToEnd(debt: OpenDebt): Promise<EndOutcome | undefined> {
    const { terms, attempts, course, journal } = this.parts;
    const { account, target, reason, accepted, absence } = debt;
    this.calling.add(debt);
    try {
      return await terms.callsTo(account).endPods({
        account,
        target,
        reason,
        absenceCountsFrom: attempts.absenceCountsFrom(account, course.end),
        accepted,
        absence,
        alarmsReported: journal.failuresOf(sourceOf(debt)),
        settings: terms.settingsOf(account),
      });
    } catch {
      return undefined;
    } finally {
      this.calling.delete(debt);
    }
  }

  /** By timers, not by results, so that alarms are also raised when no worker polls the account's queue. */
  private async raiseAlarms(debt: OpenDebt): Promise<void> {
    const { alarmAfterMs, alarmEveryMs } = this.parts.terms.admission.settings;
    const last = alarmAfterMs.at(-1) ?? 0;
    for (;;) {
      const due =
        alarmAfterMs[debt.alarmsRaised] ?? last + alarmEveryMs * (debt.alarmsRaised - alarmAfterMs.length + 1);
      const waitMs = Math.max(1, debt.since + due - Date.now());
      const isClosed = () => !this.book.isOpen(debt);
      if (await condition(isClosed, waitMs, { summary: 'Raises an alarm unless the end is proven' })) return;
      debt.alarmsRaised += 1;
      const overdue = formatDuration(Date.now() - debt.since);
      const message = `${textOf(debt)} has not been proven ended for ${overdue}; it may still bill`;
      const { account } = debt;
      this.parts.journal.raiseAlarm({ source: sourceOf(debt), account, kind: NOT_ENDED, message });
    }
  }
}
