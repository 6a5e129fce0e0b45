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

/** Refused creates that a report keeps; a claim that waits for capacity for days makes hundreds. */
const REFUSALS_KEPT = 20;

/** One claim while its workflow runs: its state, and the moves that every phase makes on it. */
export class Claim {
  /** What stops as soon as an end is decided. */
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

  /** An end is decided; nothing new may be started but ends. */
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

  /** Brings the table on the claim's page in Temporal's UI up to date. */
  show(): void {
    this.display.show(detailsOf(this.state, this.now));
  }

  /** Brings the claim's search attributes and memo up to date; for the moves that people search by and lists show, since it costs events. */
  publish(alarm?: string | null): void {
    const { admission, phase, pod } = this.state;
    const searchable = {
      phase,
      ...(admission === null
        ? {}
        : { provider: admission.provider, gpu: admission.spec.gpu, owner: admission.spec.owner }),
      // The last one stays, so that a pod's claim can still be found when it is over.
      ...(pod === null ? {} : { pod: pod.name, hourlyPrice: pod.hourlyPrice }),
      ...(alarm === undefined ? {} : { alarm }),
    };
    const address = pod?.endpoints[0]?.url ?? null;
    this.display.publish(searchable, { phase, hourlyPrice: pod?.hourlyPrice ?? null, address });
  }

  /** Tells a person: by the log line, the metric and the search attribute, whichever alerting there is. */
  alarm(kind: ErrorKind | typeof NOT_ENDED, message: string): void {
    const { claim, deployment, admission } = this.state;
    const account = admission?.account ?? NO_VALUE;
    this.log('alarm', message);
    log.error(`Podkeeper alarm: ${message}`, { claim, account, kind });
    metricMeter
      .createCounter(ALARM_METRIC, 'alarm', 'What a person has to be told of')
      .add(1, { deployment, account, kind });
    this.publish(kind);
  }

  /** Clears the alarms of calls that succeed again: a kind that fails anew raises one anew. @param alarmsReported its kinds; emptied */
  clearAlarms(subject: string, alarmsReported: ErrorKind[]): void {
    if (alarmsReported.length === 0) return;
    this.log('alarm_cleared', `${subject} can be asked for again: ${alarmsReported.join(', ')} is over`);
    alarmsReported.splice(0);
    const { endings } = this.state;
    const isRaised = endings.some((ending) => ending.alarmsRaised > 0 || ending.alarmsReported.length > 0);
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

  /** Waits, but no longer than until an end is decided. `summary` says for what, for people. */
  async waitUnlessEnding(ms: number, summary: string): Promise<void> {
    if (!this.isEnding) await condition(() => this.isEnding, Math.max(1, ms), { summary });
  }

  beginAttempt(): AttemptRecord {
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

  /** Takes a pod as the claim's own. An adopted one may bear an earlier number of this life. */
  hold(attempt: AttemptRecord, pod: Pod): void {
    const adopted = this.recordOf(pod, attempt);
    adopted.outcome = 'held';
    if (adopted !== attempt) this.state.attempts.splice(this.state.attempts.indexOf(attempt), 1);
    this.state.nextAttempt = Math.max(this.state.nextAttempt, adopted.number + 1);
    this.state.pod = pod;
    this.state.absence = null;
    this.state.refusals = 0;
    // A create that was under way when the end was decided.
    if (!this.isEnding) moveTo(this.state, 'booting');
    this.publish();
  }

  /** Holds no pod any more, and looks for another. */
  letGo(): void {
    this.state.pod = null;
    this.state.absence = null;
    moveTo(this.state, 'spawning');
    this.publish();
  }

  /** Waits before the next create: the longer the more of them came to nothing before, and `atLeastMs`. */
  async backOff(failures: number, atLeastMs = 0): Promise<void> {
    const { createBackoffMs, createBackoffMaxMs } = this.admission.settings;
    const backoff = Math.min(createBackoffMaxMs, createBackoffMs * 2 ** Math.min(failures, 20));
    await this.waitUnlessEnding(Math.max(backoff, atLeastMs), 'Until the next create');
  }

  /** A pod that turns out, or becomes, dearer than the claim may cost is ended at once. */
  holdToPrice({ id, hourlyPrice }: Pick<Pod, 'id' | 'hourlyPrice'>): void {
    const cap = this.admission.spec.maxHourlyPrice;
    if (cap === null || hourlyPrice === null || hourlyPrice <= cap) return;
    this.log('price_above_cap', `${id} costs $${hourlyPrice}/h`);
    this.fail('price_above_cap', `pod ${id} costs $${hourlyPrice}/h, above maxHourlyPrice $${cap}/h`);
  }

  /** The record of a pod of this life, made if there is none: what bills must be in the report. */
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
    // The dearest that was stated: by what hour which price held is the provider's to know, and a bill may not be higher than what we metered.
    if (pod.hourlyPrice != null) record.hourlyPrice = Math.max(pod.hourlyPrice, record.hourlyPrice ?? 0);
    return record;
  }

  /**
   * Whether a reset made this run. What the run before it created, or was just creating, isn't in this one's records; the names of this life
   * are the same.
   */
  get isReset(): boolean {
    const { runId, originalExecutionRunId } = workflowInfo();
    return runId !== originalExecutionRunId;
  }

  /** From when on a pod's absence from a list says something: no request of ours is sent later. */
  get absenceCountsFrom(): string {
    const { attempts, claimedAt, end } = this.state;
    const { sendWindowMs } = this.admission.settings;
    const moments = attempts
      .filter(({ outcome }) => this.isReset || outcome !== 'refused')
      .map(({ sentBefore }) => (sentBefore === null ? this.now : Date.parse(sentBefore)));
    // A create that was in flight at the reset still has its window.
    const window = this.isReset ? sendWindowMs : 0;
    if (this.isReset && attempts.length === 0 && end !== null) moments.push(Date.parse(end.at));
    return iso(Math.max(claimedAt, ...moments) + window);
  }

  /** Pods that are being ended while the claim goes on. */
  get endingIds(): string[] {
    return this.state.endings.flatMap(({ target }) => (target.kind === 'pod' ? [target.id] : []));
  }

  /** What a look at the held pod has to know. */
  pollInput(pod: Pod): PollInput {
    return {
      account: this.admission.account,
      podId: pod.id,
      name: pod.name,
      prefix: this.prefix,
      endingIds: this.endingIds,
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
   * Makes a reading call until it answers, through any failure of the activity, or until an end is decided (`undefined`).
   * What no backoff cures raises an alarm, once until it is over.
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
          this.alarm(answer.kind, `${subject} of claim ${this.state.claim} can't be read: ${answer.message}`);
          continue;
        }
        this.clearAlarms(subject, this.state.alarmsReported);
        if (answer.outcome !== 'cleared') return answer as Exclude<T, { outcome: 'alarm' | 'cleared' }>;
      } catch {
        // A lost worker after a reset, or a failure that somebody made non-retryable: the next look tells the same.
        await this.waitUnlessEnding(this.admission.settings.bootPollMs, 'Until the next look');
      }
    }
    return undefined;
  }

  /** Tells whether a refused create is worth another number. */
  isWorthAnother(kind: ErrorKind): boolean {
    return consequenceOf('create', kind) !== 'fail';
  }
}

function isAlarm(answer: { outcome: string }): answer is { outcome: 'alarm'; kind: ErrorKind; message: string } {
  return answer.outcome === 'alarm';
}

export type SiblingPod = Siblings['pods'][number];
