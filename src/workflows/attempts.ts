import { MAX_ATTEMPT, formatPodName, iso, parsePodName } from '../model';
import type { AttemptRecord, EndDecision, Offer, Pod } from '../model';
import type { Terms } from './terms';

/** The creates of a claim. */
export interface AttemptsState {
  records: AttemptRecord[];
  /** The number of the next create. It never decreases. */
  next: number;
}

/** A pod of this life. */
export interface SeenPod {
  id: string;
  name: string;
  /** USD per hour; left out or `null` where it isn't known. */
  hourlyPrice?: number | null;
}

/** Refused creates that a report keeps. A claim that waits for capacity for days makes hundreds. */
const REFUSALS_KEPT = 20;

export function newAttempts(): AttemptsState {
  return { records: [], next: 1 };
}

/** The records of a claim's creates: what may have been rented, and at what price. */
export class Attempts {
  private readonly state: AttemptsState;
  private readonly terms: Terms;

  constructor(state: AttemptsState, terms: Terms) {
    this.state = state;
    this.terms = terms;
  }

  get all(): readonly AttemptRecord[] {
    return this.state.records;
  }

  /** The creates on an account that may have made a pod. */
  owedOn(account: string): AttemptRecord[] {
    return this.on(account).filter(({ outcome }) => outcome !== 'refused');
  }

  get areLeft(): boolean {
    return this.state.next <= MAX_ATTEMPT;
  }

  /** Records a create before its request is sent. */
  start({ account, provider }: Pick<Offer, 'account' | 'provider'>): AttemptRecord {
    const { records, next } = this.state;
    this.state.next += 1;
    const attempt: AttemptRecord = {
      number: next,
      name: formatPodName({ ...this.terms.admission.name, attempt: next }),
      provider,
      account,
      outcome: 'sending',
      podId: null,
      hourlyPrice: null,
      startedAt: iso(Date.now()),
      sentBefore: null,
      absentSince: null,
      kind: null,
      message: null,
    };
    records.push(attempt);
    const refused = records.filter(({ outcome }) => outcome === 'refused');
    const oldest = refused[0];
    if (oldest !== undefined && refused.length > REFUSALS_KEPT) records.splice(records.indexOf(oldest), 1);
    return attempt;
  }

  /** The number of the next create. */
  get nextNumber(): number {
    return this.state.next;
  }

  /** Makes the next number higher than one that was seen. */
  numberAbove(number: number): void {
    this.state.next = Math.max(this.state.next, number + 1);
  }

  /** Records that the claim holds a pod. An adopted one may have an earlier number of this life. */
  hold(attempt: AttemptRecord, pod: Pod): void {
    const { records } = this.state;
    const adopted = this.recordOf(attempt.account, pod, attempt);
    adopted.outcome = 'held';
    if (adopted !== attempt) records.splice(records.indexOf(attempt), 1);
    this.state.next = Math.max(this.state.next, adopted.number + 1);
  }

  /** Records that nothing is left of a create of unknown outcome. */
  resolve(name: string, provenAt: string, evidence: string): void {
    const attempt = this.state.records.find((record) => record.name === name);
    if (attempt === undefined) return;
    attempt.absentSince ??= provenAt;
    if (attempt.podId === null) Object.assign(attempt, { outcome: 'presumed_absent', message: evidence });
    else attempt.outcome = 'left';
  }

  /** The record of a pod of this life. It is created if there is none, so that the report has every pod that costs money. */
  recordOf(account: string, pod: SeenPod, preferred?: AttemptRecord): AttemptRecord {
    const { records } = this.state;
    const fits = (record: AttemptRecord) =>
      record.name === pod.name && record.account === account && (record.podId === null || record.podId === pod.id);
    let record = preferred !== undefined && fits(preferred) ? preferred : records.find(fits);
    if (record === undefined) {
      record = {
        number: parsePodName(pod.name)?.attempt ?? 0,
        name: pod.name,
        provider: this.terms.providerOf(account),
        account,
        outcome: 'presumed_absent',
        podId: null,
        hourlyPrice: null,
        startedAt: iso(this.terms.claimedAt),
        sentBefore: null,
        absentSince: null,
        kind: null,
        message: null,
      };
      records.push(record);
    }
    record.podId = pod.id;
    // The highest price stated: only the provider knows when a price changed, and no bill may be higher than what was metered.
    if (pod.hourlyPrice != null) record.hourlyPrice = Math.max(pod.hourlyPrice, record.hourlyPrice ?? 0);
    return record;
  }

  /** From this moment on absences on an account count: no request of ours is sent to it later. */
  absenceCountsFrom(account: string, end: EndDecision | null): string {
    const { isReset, claimedAt, admission } = this.terms;
    const records = this.on(account);
    const moments = (isReset ? records : this.owedOn(account)).map(({ sentBefore }) =>
      sentBefore === null ? Date.now() : Date.parse(sentBefore),
    );
    // A create that was in flight at the reset still has its send window.
    const window = isReset ? admission.settings.sendWindowMs : 0;
    if (isReset && records.length === 0 && end !== null) moments.push(Date.parse(end.at));
    return iso(Math.max(claimedAt, ...moments) + window);
  }

  private on(account: string): AttemptRecord[] {
    return this.state.records.filter((record) => record.account === account);
  }
}
