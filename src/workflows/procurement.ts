import { condition } from '@temporalio/workflow';
import { MAX_ATTEMPT, firstOffer, formatDuration, mayRecover, nextOffer, offersLeft, specOfOffer } from '../model';
import type { AbsenceRow, AttemptRecord, Gone, Offer, OfferProgress, Pod } from '../model';
import type { Attempts } from './attempts';
import type { Course } from './course';
import { createOnce } from './create';
import type { Failure } from './create';
import type { Debts } from './debts';
import type { Journal } from './journal';
import type { Lease } from './lease';
import { stoppable, untilStopped } from './proxies';
import type { Reader } from './reader';
import { needsSurvey, surveyAfterReset } from './resetSurvey';
import type { Adoption } from './resetSurvey';
import { guardStartup } from './startupGuard';
import type { HeldPod, Tenancy } from './tenancy';
import type { Terms } from './terms';

/** How far the creates of a claim have come. */
export interface ProcurementState extends OfferProgress {
  /** When the offer was first tried in this pass, ms since 1970; `null` before its first create. */
  since: number | null;
  /** The consecutive lists in which the name of an unknown create was missing. */
  absence: AbsenceRow | null;
}

export function newProcurement(): ProcurementState {
  return { ...firstOffer(), since: null, absence: null };
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

/** Tries the offers of a claim until a pod is healthy, or an end is decided. What follows a failure is decided by `nextOffer`. */
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
    const guard = stoppable(() => guardStartup(this.parts));
    const guarded = untilStopped(guard);
    course.moveTo('spawning');
    while (!course.isEnding && course.phase !== 'healthy') {
      const failure = tenancy.held === null ? await this.create() : await this.boot(tenancy.held);
      if (failure !== undefined && !course.isEnding) await this.goOn(failure);
    }
    guard.stop();
    await guarded;
  }

  private get offer(): Offer {
    const offer = this.parts.terms.admission.offers[this.state.offer];
    if (offer === undefined) throw new Error('a claim is admitted with at least one offer');
    return offer;
  }

  /** Whether another offer is tried after this one in this pass. */
  private get hasNext(): boolean {
    return offersLeft(this.state, this.count).length > 0;
  }

  private get count(): number {
    return this.parts.terms.admission.offers.length;
  }

  /** Whether the claim fails with this failure. */
  private isLast(failure: Failure): boolean {
    return nextOffer(this.state, failure, this.count).step === 'fail';
  }

  private async goOn({ pauseMs = 0, ...failure }: Failure): Promise<void> {
    const { course } = this.parts;
    const next = nextOffer(this.state, failure, this.count);
    if (next.step === 'fail') return course.fail(next.kind, next.message);
    Object.assign(this.state, next.progress, { since: null });
    if (next.step === 'back_off') await this.backOff(Math.max(0, this.state.passes - 1), pauseMs);
  }

  /** Sends one create. Returns why the offer gave no pod; `undefined` when one is held, or the offer is to be tried again. */
  private async create(): Promise<Failure | undefined> {
    const { attempts, course, journal } = this.parts;
    if (!attempts.areLeft) {
      course.fail('no_capacity', `all ${MAX_ATTEMPT} attempts of this claim are used up`);
      return undefined;
    }
    const isSurveyed = needsSurvey(this.parts);
    if (isSurveyed) {
      const adopted = await surveyAfterReset(this.parts);
      if (adopted !== undefined) return await this.adopt(adopted);
      if (course.isEnding) return undefined;
    }
    this.state.since ??= Date.now();
    const attempt = attempts.start(this.offer);
    journal.log(
      'attempt_started',
      `creating ${attempt.name}${this.count === 1 ? '' : ` on account ${attempt.account}`}`,
    );
    const made = await createOnce(
      { offer: this.offer, attempt, hasNext: this.hasNext, isSurveyed },
      this.parts,
      (locate) => this.inTime(() => locate(this.state)),
    );
    if (made.outcome === 'pod') return await this.hold(attempt, made.pod, made.adopted);
    return made.outcome === 'failed' ? made.failure : undefined;
  }

  /** Holds a pod of an earlier run. It was created at a moment that this run doesn't know: its cost counts from the claim's start. */
  private async adopt({ offer, pod }: Adoption): Promise<Failure | undefined> {
    Object.assign(this.state, { offer: offer.number, since: Date.now() });
    return await this.hold(this.parts.attempts.recordOf(offer.account, pod), pod, true);
  }

  private async hold(attempt: AttemptRecord, pod: Pod, adopted: boolean): Promise<Failure | undefined> {
    const { journal, tenancy } = this.parts;
    tenancy.begin(this.offer, attempt, pod);
    this.state.absence = null;
    const price = pod.hourlyPrice === null ? 'price not stated' : `$${pod.hourlyPrice}/h`;
    journal.log(adopted ? 'pod_adopted' : 'pod_created', `${pod.name} is pod ${pod.id} (${price})`);
    const tooDear = tenancy.aboveCap(this.offer, pod);
    return tooDear === undefined || tenancy.held === null
      ? undefined
      : await this.leave(tenancy.held, { kind: 'price_above_cap', message: tooDear.message, mayRecover: false });
  }

  /** Waits until the held pod is healthy. Returns why the offer is left instead. */
  private async boot(held: HeldPod): Promise<Failure | undefined> {
    const { journal, lease, tenancy } = this.parts;
    const seen = await this.inTime(() => tenancy.boot(held));
    if (seen === undefined) return undefined;
    if (seen === 'late') {
      const message = `pod ${held.pod.id} was not healthy within offerTimeout ${formatDuration(this.timeoutMs)}${await tenancy.explanation(held)}`;
      return await this.leave(held, { kind: 'timeout', message, mayRecover: true });
    }
    if (seen.outcome === 'gone') return await this.afterLoss(held, seen);
    if (seen.outcome === 'above_cap')
      return await this.leave(held, { kind: 'price_above_cap', message: seen.message, mayRecover: false });
    this.state.passes = 0;
    lease.begin();
    journal.show();
    return undefined;
  }

  /**
   * A pod that never ran costs the claim an attempt, like a refused create. Any other pod that is gone before it was healthy fails the claim.
   */
  private async afterLoss(held: HeldPod, { message, unstarted }: Gone): Promise<Failure | undefined> {
    const { attempts, course, debts, journal, tenancy } = this.parts;
    const { account } = held.offer;
    const { pod } = held;
    const failure = {
      kind: unstarted ?? 'provider',
      message,
      mayRecover: unstarted !== undefined && mayRecover(unstarted),
    };
    if (unstarted === undefined || this.isLast(failure)) {
      const wrote = unstarted === undefined ? await tenancy.explanation(held) : '';
      course.fail(failure.kind, `pod ${pod.id} ended before it was healthy: ${message}${wrote}`);
      return undefined;
    }
    const attempt = attempts.recordOf(account, pod);
    attempt.outcome = 'unstarted';
    attempt.kind = unstarted;
    attempt.message = message;
    tenancy.drop();
    journal.log('attempt_unstarted', `${pod.name}: ${message}`);
    debts.end(account, pod, 'failed');
    return failure;
  }

  /** Ends a pod that isn't wanted any more. The next offer waits for the proof, so that no two pods are wanted at a time. */
  private async leave(held: HeldPod, failure: Failure): Promise<Failure | undefined> {
    const { attempts, course, debts, journal, tenancy } = this.parts;
    // The claim's own end ends the pod, whether it is decided already or follows from this failure.
    if (course.isEnding || this.isLast(failure)) return failure;
    const { account } = held.offer;
    const attempt = attempts.recordOf(account, held.pod);
    attempt.outcome = 'left';
    attempt.kind = failure.kind;
    attempt.message = failure.message;
    tenancy.drop();
    journal.log('attempt_left', `${held.pod.name}: ${failure.message}`);
    debts.end(account, held.pod, 'failed');
    await condition(() => course.isEnding || !debts.terminatingIdsOn(account).includes(held.pod.id));
    return failure;
  }

  /** How long the offer may take, ms. */
  private get timeoutMs(): number {
    const { admission } = this.parts.terms;
    return specOfOffer(admission, this.offer).offerTimeoutMs ?? admission.settings.offerTimeoutMs;
  }

  /** Runs work, until the offer's time is over when another one is left to be tried: `late`. */
  private async inTime<T>(run: () => Promise<T>): Promise<T | 'late'> {
    if (!this.hasNext) return await run();
    const leftMs = Math.max(1, (this.state.since ?? Date.now()) + this.timeoutMs - Date.now());
    let result: { value: T } | undefined;
    const work = stoppable(async () => {
      result = { value: await run() };
    });
    const ended = untilStopped(work);
    await condition(() => result !== undefined, leftMs, { summary: 'Until the next offer is tried' });
    work.stop();
    await ended;
    return result === undefined ? 'late' : result.value;
  }

  /** Waits before the next create: the longer, the more passes failed before, and at least `atLeastMs`. */
  private async backOff(failures: number, atLeastMs: number): Promise<void> {
    const { createBackoffMs, createBackoffMaxMs } = this.parts.terms.admission.settings;
    const backoff = Math.min(createBackoffMaxMs, createBackoffMs * 2 ** Math.min(failures, 20));
    await this.parts.course.waitUnlessEnding(Math.max(backoff, atLeastMs), 'Until the next create');
  }
}
