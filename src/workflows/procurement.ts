import { sleep } from '@temporalio/workflow';
import { consequenceOf, formatDuration, iso, pauseFor, specOfOffer } from '../model';
import type { AbsenceRow, AttemptRecord, CreateOutcome, ErrorKind, Gone, Offer, Pod } from '../model';
import type { Attempts } from './attempts';
import type { Course } from './course';
import { sendCreate } from './create';
import type { Debts } from './debts';
import type { Journal } from './journal';
import type { Lease } from './lease';
import { EXPLAIN_TIMEOUT_MS, stoppable, untilStopped } from './proxies';
import type { Reader } from './reader';
import type { HeldPod, Tenancy } from './tenancy';
import type { Terms } from './terms';

/** How far the creates of a claim have come. */
export interface ProcurementState {
  /** Consecutive refused creates, for the backoff. */
  refusals: number;
  /** The consecutive lists in which the name of an unknown create was missing. */
  absence: AbsenceRow | null;
}

export function newProcurement(): ProcurementState {
  return { refusals: 0, absence: null };
}

/** What procurement depends on. */
interface Parts {
  terms: Terms;
  course: Course;
  journal: Journal;
  attempts: Attempts;
  debts: Debts;
  reader: Reader;
  tenancy: Tenancy;
  lease: Lease;
}

/** Creates pods under one number after another, until one is healthy or an end is decided. */
export class Procurement {
  private readonly state: ProcurementState;
  private readonly parts: Parts;

  constructor(state: ProcurementState, parts: Parts) {
    this.state = state;
    this.parts = parts;
  }

  /** Holds a healthy pod when it returns, unless an end is decided. */
  async procure(): Promise<void> {
    const { course, tenancy } = this.parts;
    const guard = stoppable(() => this.guardStartup());
    const guarded = untilStopped(guard);
    course.moveTo('spawning');
    while (!course.isEnding && course.phase !== 'healthy') {
      await this.spawn();
      if (tenancy.held !== null) await this.boot(tenancy.held);
    }
    guard.stop();
    await guarded;
  }

  /** Decides the end when no pod is healthy in time. */
  private async guardStartup(): Promise<void> {
    const { terms, course, tenancy, lease } = this.parts;
    const { startupDeadline: startup, lifetimeDeadline: lifetime } = terms;
    const deadline = Math.min(startup, lifetime);
    const isOver = () => course.phase === 'healthy' || course.isEnding;
    const ahead = Math.max(0, deadline - Date.now());
    // Requested a moment earlier, so that the end doesn't wait for the explanation.
    const early = Math.min(EXPLAIN_TIMEOUT_MS, Math.floor(ahead / 4));
    await sleep(Math.max(1, ahead - early), { summary: 'Until healthy, or the claim fails' });
    if (isOver()) return;
    let findings = '';
    if (tenancy.held !== null && startup < lifetime) {
      void tenancy.explanation(tenancy.held).then((text) => {
        findings = text;
      });
    }
    await sleep(Math.max(1, deadline - Date.now()), { summary: 'The last moment to become healthy' });
    if (isOver()) return;
    if (lifetime <= startup) return lease.endByLifetime();
    const pod = tenancy.held?.pod ?? null;
    // The latest create may have no answer yet. For a held pod, the attempt's message is about its create and not the reason any more.
    const latest = pod === null ? this.parts.attempts.all.findLast(({ message }) => message !== null) : undefined;
    const why = pod === null ? 'no pod was created' : `pod ${pod.id} never became healthy${findings}`;
    const limit = formatDuration(startup - terms.claimedAt);
    course.fail(latest?.kind ?? 'timeout', `not healthy within startupTimeout ${limit}: ${latest?.message ?? why}`);
  }

  private nextOffer(): Offer {
    const [first] = this.parts.terms.admission.offers;
    if (first === undefined) throw new Error('a claim is admitted with at least one offer');
    return first;
  }

  private async spawn(): Promise<void> {
    const { course, tenancy, attempts, journal } = this.parts;
    while (tenancy.held === null && !course.isEnding) {
      if (!attempts.areLeft) return course.fail('no_capacity', 'all 999 attempts of this claim are used up');
      const offer = this.nextOffer();
      const attempt = attempts.start(offer);
      journal.log('attempt_started', `creating ${attempt.name}`);
      const outcome = await sendCreate(offer, attempt, this.parts);
      attempt.sentBefore = iso(Date.now());
      if (outcome === undefined) await this.resolveUnknown(offer, attempt);
      else if (outcome.outcome === 'refused') await this.afterRefusal(attempt, outcome);
      else if (outcome.outcome === 'mismatched') this.endMismatched(attempt, outcome.pod, outcome.message);
      else this.hold(offer, attempt, outcome.pod, outcome.adopted);
    }
  }

  private async afterRefusal(
    attempt: AttemptRecord,
    refusal: Extract<CreateOutcome, { outcome: 'refused' }>,
  ): Promise<void> {
    const { terms, course, journal } = this.parts;
    const { pauseMs, note } = pauseFor('create', refusal.retryAfterMs, terms.admission.settings);
    const message = note === null ? refusal.message : `${refusal.message}; ${note}`;
    attempt.outcome = 'refused';
    attempt.kind = refusal.kind;
    attempt.message = message;
    journal.log('attempt_refused', `${attempt.name}: ${refusal.kind}: ${message}`);
    if (course.isEnding) return;
    if (!mayRetry(refusal.kind)) return course.fail(refusal.kind, message);
    // A create that no worker took has already waited in the queue.
    if (refusal.kind !== 'timeout') this.state.refusals += 1;
    await this.backOff(Math.max(0, this.state.refusals - 1), pauseMs);
  }

  /** After an unknown outcome, nothing else is created until the name is seen or can no longer show up. */
  private async resolveUnknown(offer: Offer, attempt: AttemptRecord): Promise<void> {
    const { terms, journal, reader } = this.parts;
    const { account } = offer;
    attempt.outcome = 'unknown';
    this.state.absence = null;
    const sentBefore = iso(Date.now());
    journal.log('attempt_unknown', `${attempt.name}: ${attempt.message ?? 'no answer'}; looking it up`);
    const located = await reader.read({ subject: attempt.name, account }, this.state, (alarmsReported) =>
      terms.callsTo(account).locatePod({
        account,
        name: attempt.name,
        spec: specOfOffer(terms.admission, offer),
        sentBefore,
        absence: this.state.absence,
        alarmsReported,
        settings: terms.settingsOf(account),
      }),
    );
    if (located === undefined) return;
    if (located.outcome === 'found') return this.hold(offer, attempt, located.pod, true);
    if (located.outcome === 'mismatched') return this.endMismatched(attempt, located.pod, located.message);
    attempt.outcome = 'presumed_absent';
    attempt.message = located.message;
    journal.log('attempt_absent', `${attempt.name}: ${located.message}`);
  }

  private hold(offer: Offer, attempt: AttemptRecord, pod: Pod, adopted: boolean): void {
    const { course, journal, tenancy } = this.parts;
    tenancy.begin(offer, attempt, pod);
    this.state.absence = null;
    this.state.refusals = 0;
    const price = pod.hourlyPrice === null ? 'price not stated' : `$${pod.hourlyPrice}/h`;
    journal.log(adopted ? 'pod_adopted' : 'pod_created', `${pod.name} is pod ${pod.id} (${price})`);
    const tooDear = tenancy.aboveCap(offer, pod);
    if (tooDear !== undefined) course.fail('price_above_cap', tooDear.message);
  }

  /** A pod with our name that doesn't fit the spec is ended by its exact id. The next attempt doesn't wait for that. */
  private endMismatched(attempt: AttemptRecord, pod: Pod, message: string): void {
    const { attempts, debts, journal } = this.parts;
    attempt.message = message;
    const record = attempts.recordOf(attempt.account, pod, attempt);
    record.outcome = 'mismatched';
    if (attempt.outcome === 'sending') attempt.outcome = 'presumed_absent';
    journal.log('attempt_mismatched', `${pod.name}: ${message}`);
    debts.end(attempt.account, pod, 'mismatched');
  }

  private async boot(held: HeldPod): Promise<void> {
    const { course, journal, lease, tenancy } = this.parts;
    const seen = await tenancy.boot(held);
    if (seen === undefined) return;
    if (seen.outcome === 'healthy') {
      lease.begin();
      journal.show();
    } else if (seen.outcome === 'above_cap') course.fail('price_above_cap', seen.message);
    else await this.afterLoss(held, seen);
  }

  /**
   * A pod that never ran costs the claim an attempt, like a refused create. Any other pod that is gone before it was healthy fails the claim.
   */
  private async afterLoss(held: HeldPod, { message, unstarted }: Gone): Promise<void> {
    const { attempts, course, debts, journal, tenancy } = this.parts;
    const { account } = held.offer;
    const { pod } = held;
    if (unstarted === undefined || !mayRetry(unstarted)) {
      const wrote = unstarted === undefined ? await tenancy.explanation(held) : '';
      return course.fail(unstarted ?? 'provider', `pod ${pod.id} ended before it was healthy: ${message}${wrote}`);
    }
    const attempt = attempts.recordOf(account, pod);
    attempt.outcome = 'unstarted';
    attempt.kind = unstarted;
    attempt.message = message;
    tenancy.drop();
    journal.log('attempt_unstarted', `${pod.name}: ${message}`);
    debts.end(account, pod, 'failed');
    await this.backOff(attempts.all.filter(({ outcome }) => outcome === 'unstarted').length - 1);
  }

  /** Waits before the next create: the longer, the more creates failed before, and at least `atLeastMs`. */
  private async backOff(failures: number, atLeastMs = 0): Promise<void> {
    const { createBackoffMs, createBackoffMaxMs } = this.parts.terms.admission.settings;
    const backoff = Math.min(createBackoffMaxMs, createBackoffMs * 2 ** Math.min(failures, 20));
    await this.parts.course.waitUnlessEnding(Math.max(backoff, atLeastMs), 'Until the next create');
  }
}

/** Whether another attempt may follow. */
function mayRetry(kind: ErrorKind): boolean {
  return consequenceOf('create', kind) !== 'fail';
}
