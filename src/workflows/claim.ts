import { condition, log, metricMeter, workflowInfo } from '@temporalio/workflow';
import {
  ALARM_METRIC,
  EVENT_LOG_LIMIT,
  MAX_ATTEMPT,
  NO_VALUE,
  consequenceOf,
  formatPodName,
  lifePrefix,
  parsePodName,
} from '../model';
import type {
  AbsenceRow,
  Admission,
  AttemptRecord,
  ClaimEventType,
  EndReason,
  ErrorKind,
  PollInput,
  NOT_ENDED,
  Pod,
  Siblings,
} from '../model';
import { iso } from './claimState';
import type { ClaimState } from './claimState';
import { detailsOf } from './details';
import type { Display } from './display';
import { moveTo } from './phases';
import { keepCalls, stoppable } from './proxies';
import type { Stoppable } from './proxies';

/** Refused creates that a report keeps. A claim that waits for capacity for days makes hundreds. */
const REFUSALS_KEPT = 20;

/** A claim while its workflow runs: its state, and the changes that several phases make to it. */
export class Claim {
  /** Work that stops as soon as an end is decided. */
  private readonly interruptible = new Set<Stoppable<unknown>>();

  readonly state: ClaimState;
  private readonly display: Display;

  constructor(state: ClaimState, display: Display) {
    this.state = state;
    this.display = display;
  }

  get now(): number {
    return Date.now();
  }

  /** An end is decided: nothing new may be started, except ends. */
  get isEnding(): boolean {
    return this.state.end !== null;
  }

  get admission(): Admission {
    if (this.state.admission === null) throw new Error('the claim has not been admitted yet');
    return this.state.admission;
  }

  get prefix(): string {
    return lifePrefix(this.admission.name);
  }

  get calls(): ReturnType<typeof keepCalls> {
    return keepCalls(this.queue, this.admission.settings);
  }

  get queue(): { deployment: string; account: string } {
    return { deployment: this.state.deployment, account: this.admission.account };
  }

  log(type: ClaimEventType, message: string): void {
    this.state.sequence += 1;
    this.state.events.push({ sequence: this.state.sequence, at: iso(this.now), type, message });
    if (this.state.events.length > EVENT_LOG_LIMIT) this.state.events.shift();
    this.show();
  }

  /** Updates the table on the claim's page in Temporal's UI. */
  show(): void {
    this.display.show(detailsOf(this.state, this.now));
  }

  /**
   * Updates the claim's search attributes and memo. Each update costs events, so only changes that people search by or lists show are
   * published.
   */
  publish(alarm?: string | null): void {
    const { admission, phase, pod } = this.state;
    const searchable = {
      phase,
      ...(admission === null
        ? {}
        : { provider: admission.provider, gpu: admission.spec.gpu, owner: admission.spec.owner }),
      // The last pod stays, so that its claim can still be found after the end.
      ...(pod === null ? {} : { pod: pod.name, hourlyPrice: pod.hourlyPrice }),
      ...(alarm === undefined ? {} : { alarm }),
    };
    const address = pod?.endpoints[0]?.url ?? null;
    this.display.publish(searchable, { phase, hourlyPrice: pod?.hourlyPrice ?? null, address });
  }

  /** Raises an alarm: in the log, the metric and the search attribute, so that any kind of alerting sees it. */
  raiseAlarm(kind: ErrorKind | typeof NOT_ENDED, message: string): void {
    const { claim, deployment, admission } = this.state;
    const account = admission?.account ?? NO_VALUE;
    this.log('alarm', message);
    log.error(`Podkeeper alarm: ${message}`, { claim, account, kind });
    metricMeter.createCounter(ALARM_METRIC, 'alarm', 'Alarms raised').add(1, { deployment, account, kind });
    this.publish(kind);
  }

  /**
   * Clears the alarms of calls that succeed again, so that the next failure of these kinds raises new ones.
   *
   * @param alarmsReported their kinds; emptied
   */
  clearAlarms(subject: string, alarmsReported: ErrorKind[]): void {
    if (alarmsReported.length === 0) return;
    this.log('alarm_cleared', `${subject} succeeds again: ${alarmsReported.join(', ')} is over`);
    alarmsReported.splice(0);
    const { terminations } = this.state;
    const isRaised = terminations.some(
      (termination) => termination.alarmsRaised > 0 || termination.alarmsReported.length > 0,
    );
    if (!isRaised && this.state.alarmsReported.length === 0) this.publish(null);
  }

  /** Decides the end. The first decision stands. */
  decideEnd(reason: EndReason, message: string, kind?: ErrorKind): void {
    if (this.state.end !== null) return;
    this.state.end = { reason, message, at: iso(this.now), ...(kind === undefined ? {} : { kind }) };
    moveTo(this.state, 'ending');
    this.log('ending', message);
    this.publish();
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

  startAttempt(): AttemptRecord {
    const { state } = this;
    const number = state.nextAttempt;
    state.nextAttempt += 1;
    const attempt: AttemptRecord = {
      number,
      name: formatPodName({ ...this.admission.name, attempt: number }),
      outcome: 'sending',
      podId: null,
      hourlyPrice: null,
      startedAt: iso(this.now),
      sentBefore: null,
      absentSince: null,
      kind: null,
      message: null,
    };
    state.attempts.push(attempt);
    const refused = state.attempts.filter(({ outcome }) => outcome === 'refused');
    const oldest = refused[0];
    if (oldest !== undefined && refused.length > REFUSALS_KEPT)
      state.attempts.splice(state.attempts.indexOf(oldest), 1);
    return attempt;
  }

  get attemptsLeft(): boolean {
    return this.state.nextAttempt <= MAX_ATTEMPT;
  }

  /** Takes a pod as the claim's own. An adopted pod may have an earlier number of this life. */
  hold(attempt: AttemptRecord, pod: Pod): void {
    const adopted = this.recordOf(pod, attempt);
    adopted.outcome = 'held';
    if (adopted !== attempt) this.state.attempts.splice(this.state.attempts.indexOf(attempt), 1);
    this.state.nextAttempt = Math.max(this.state.nextAttempt, adopted.number + 1);
    this.state.pod = pod;
    this.state.absence = null;
    this.state.refusals = 0;
    // Not for a create that was in flight when the end was decided.
    if (!this.isEnding) moveTo(this.state, 'booting');
    this.publish();
  }

  /** Gives up the held pod, to create another. */
  dropPod(): void {
    this.state.pod = null;
    this.state.absence = null;
    moveTo(this.state, 'spawning');
    this.publish();
  }

  /** Waits before the next create: the longer, the more creates failed before, and at least `atLeastMs`. */
  async backOff(failures: number, atLeastMs = 0): Promise<void> {
    const { createBackoffMs, createBackoffMaxMs } = this.admission.settings;
    const backoff = Math.min(createBackoffMaxMs, createBackoffMs * 2 ** Math.min(failures, 20));
    await this.waitUnlessEnding(Math.max(backoff, atLeastMs), 'Until the next create');
  }

  /** Ends the claim if the pod's price is above the cap. */
  enforcePriceCap({ id, hourlyPrice }: Pick<Pod, 'id' | 'hourlyPrice'>): void {
    const cap = this.admission.spec.maxHourlyPrice;
    if (cap === null || hourlyPrice === null || hourlyPrice <= cap) return;
    this.log('price_above_cap', `${id} costs $${hourlyPrice}/h`);
    this.fail('price_above_cap', `pod ${id} costs $${hourlyPrice}/h, above maxHourlyPrice $${cap}/h`);
  }

  /** The record of a pod of this life. It is created if there is none, so that the report has every pod that costs money. */
  recordOf(pod: { id: string; name: string; hourlyPrice?: number | null }, preferred?: AttemptRecord): AttemptRecord {
    const { attempts } = this.state;
    const fits = (record: AttemptRecord) =>
      record.name === pod.name && (record.podId === null || record.podId === pod.id);
    let record = preferred !== undefined && fits(preferred) ? preferred : attempts.find(fits);
    if (record === undefined) {
      record = {
        number: parsePodName(pod.name)?.attempt ?? 0,
        name: pod.name,
        outcome: 'presumed_absent',
        podId: null,
        hourlyPrice: null,
        startedAt: iso(this.state.claimedAt),
        sentBefore: null,
        absentSince: null,
        kind: null,
        message: null,
      };
      attempts.push(record);
    }
    record.podId = pod.id;
    // The highest price stated: only the provider knows when a price changed, and no bill may be higher than what was metered.
    if (pod.hourlyPrice != null) record.hourlyPrice = Math.max(pod.hourlyPrice, record.hourlyPrice ?? 0);
    return record;
  }

  /** Whether a reset made this run. The records lack what the previous run created or was creating; the names of the life are the same. */
  get isReset(): boolean {
    const { runId, originalExecutionRunId } = workflowInfo();
    return runId !== originalExecutionRunId;
  }

  /** From this moment on absences count: no request of ours is sent later. */
  get absenceCountsFrom(): string {
    const { attempts, claimedAt, end } = this.state;
    const { sendWindowMs } = this.admission.settings;
    const moments = attempts
      .filter(({ outcome }) => this.isReset || outcome !== 'refused')
      .map(({ sentBefore }) => (sentBefore === null ? this.now : Date.parse(sentBefore)));
    // A create that was in flight at the reset still has its send window.
    const window = this.isReset ? sendWindowMs : 0;
    if (this.isReset && attempts.length === 0 && end !== null) moments.push(Date.parse(end.at));
    return iso(Math.max(claimedAt, ...moments) + window);
  }

  /** Pods that are being ended while the claim goes on. */
  get terminatingIds(): string[] {
    return this.state.terminations.flatMap(({ target }) => (target.kind === 'pod' ? [target.id] : []));
  }

  /** The input for polls of the held pod. */
  pollInput(pod: Pod): PollInput {
    return {
      account: this.admission.account,
      podId: pod.id,
      name: pod.name,
      prefix: this.prefix,
      terminatingIds: this.terminatingIds,
      spec: this.admission.spec,
      absenceCountsFrom: this.absenceCountsFrom,
      absence: this.state.absence,
      alarmsReported: this.state.alarmsReported,
      settings: this.admission.settings,
      tokenVersion: this.admission.tokenVersion,
      knownHourlyPrice: this.recordOf(pod).hourlyPrice ?? 0,
    };
  }

  /**
   * Repeats a reading call until it answers, through any failure of the activity, or until an end is decided (`undefined`). A failure that
   * no backoff cures raises an alarm, once until it is over.
   *
   * @param subject what is read, for the alarm: `pod 17`
   */
  async read<T extends { outcome: string; absence?: AbsenceRow | null }>(
    subject: string,
    call: () => Promise<T>,
  ): Promise<Exclude<T, { outcome: 'alarm' | 'cleared' }> | undefined> {
    while (!this.isEnding) {
      try {
        const answer = await this.untilEnding(call);
        this.state.absence = answer.absence ?? null;
        if (isAlarm(answer)) {
          if (!this.state.alarmsReported.includes(answer.kind)) this.state.alarmsReported.push(answer.kind);
          this.raiseAlarm(answer.kind, `${subject} of claim ${this.state.claim} can't be read: ${answer.message}`);
          continue;
        }
        this.clearAlarms(subject, this.state.alarmsReported);
        if (answer.outcome !== 'cleared') return answer as Exclude<T, { outcome: 'alarm' | 'cleared' }>;
      } catch {
        // A lost worker after a reset, or a failure that somebody made non-retryable. The next poll finds out.
        await this.waitUnlessEnding(this.admission.settings.bootPollMs, 'Until the next poll');
      }
    }
    return undefined;
  }

  /** Tells whether another attempt may follow a refused create. */
  mayRetryCreate(kind: ErrorKind): boolean {
    return consequenceOf('create', kind) !== 'fail';
  }
}

function isAlarm(answer: { outcome: string }): answer is { outcome: 'alarm'; kind: ErrorKind; message: string } {
  return answer.outcome === 'alarm';
}

export type SiblingPod = Siblings['pods'][number];
