import { specOfOffer } from '../model';
import type { AbsenceRow, AttemptRecord, Gone, Offer, Pod, PollInput, Repriced, Siblings } from '../model';
import type { Attempts } from './attempts';
import type { Course } from './course';
import type { Debts } from './debts';
import type { Journal } from './journal';
import type { Reader } from './reader';
import type { Terms } from './terms';

/** The pod that a claim holds. */
export interface TenancyState {
  held: HeldPod | null;
}

/** A pod, and where it was rented. */
export interface HeldPod {
  offer: Offer;
  pod: Pod;
  /** The consecutive lists in which it was missing. */
  absence: AbsenceRow | null;
}

export function newTenancy(): TenancyState {
  return { held: null };
}

/** What a tenancy depends on. */
interface Parts {
  terms: Terms;
  course: Course;
  journal: Journal;
  attempts: Attempts;
  debts: Debts;
  reader: Reader;
}

/** Why a pod can't be kept. */
export type TenancyEnd = Gone | { outcome: 'above_cap'; message: string };

/** Observes the pod that is held. It says what became of it, and never decides what follows. */
export class Tenancy {
  private readonly state: TenancyState;
  private readonly parts: Parts;

  constructor(state: TenancyState, parts: Parts) {
    this.state = state;
    this.parts = parts;
  }

  get held(): Readonly<HeldPod> | null {
    return this.state.held;
  }

  /** Takes a pod as the claim's own. */
  begin(offer: Offer, attempt: AttemptRecord, pod: Pod): void {
    const { attempts, course, journal } = this.parts;
    attempts.hold(attempt, pod);
    this.state.held = { offer, pod, absence: null };
    // Not for a create that was in flight when the end was decided.
    if (!course.isEnding) course.moveTo('booting');
    journal.publish();
  }

  /** Gives up the pod, to create another. */
  drop(): void {
    this.close();
    this.parts.course.moveTo('spawning');
    this.parts.journal.publish();
  }

  /** Forgets the pod: it is proven gone, or its end is another's work. */
  close(): void {
    this.state.held = null;
  }

  /** Why the pod's price is above the cap; `undefined` when it isn't, or isn't known. */
  aboveCap(offer: Offer, { id, hourlyPrice }: Pick<Pod, 'id' | 'hourlyPrice'>): TenancyEnd | undefined {
    const cap = specOfOffer(this.parts.terms.admission, offer).maxHourlyPrice;
    if (cap === null || hourlyPrice === null || hourlyPrice <= cap) return undefined;
    this.parts.journal.log('price_above_cap', `${id} costs $${hourlyPrice}/h`);
    const message = `pod ${id} costs $${hourlyPrice}/h, above maxHourlyPrice $${cap}/h`;
    return { outcome: 'above_cap', message };
  }

  /** Waits until the pod is healthy, or can't be. `undefined` when an end is decided meanwhile. */
  async boot(held: HeldPod): Promise<{ outcome: 'healthy' } | TenancyEnd | undefined> {
    const { course, reader, terms } = this.parts;
    for (;;) {
      const seen = await reader.read(subjectOf(held), held, (alarmsReported) =>
        terms.callsTo(held.offer.account).observePod(this.pollInput(held, alarmsReported)),
      );
      if (seen === undefined) return undefined;
      const end = seen.outcome === 'healthy' ? undefined : this.endBy(held, seen);
      if (course.isEnding) return undefined;
      if (seen.outcome === 'healthy') {
        this.becomeHealthy(held, seen.pod);
        return seen;
      }
      if (end !== undefined) return end;
    }
  }

  /** Watches the healthy pod until it can't be kept. `undefined` when an end is decided meanwhile. */
  async watch(held: HeldPod): Promise<TenancyEnd | undefined> {
    const { course, reader, terms } = this.parts;
    for (;;) {
      const seen = await reader.read(subjectOf(held), held, (alarmsReported) =>
        terms.callsTo(held.offer.account).watchPod(this.pollInput(held, alarmsReported)),
      );
      if (seen === undefined) return undefined;
      const end = this.endBy(held, seen);
      if (course.isEnding) return undefined;
      if (end !== undefined) return end;
    }
  }

  /** Explains a failed boot, as the end of a sentence; empty where nothing is known. */
  async explanation(held: HeldPod): Promise<string> {
    try {
      const calls = this.parts.terms.callsTo(held.offer.account);
      const { finding, lines } = await calls.explainBoot(this.pollInput(held, []));
      const wrote = lines.length === 0 ? '' : `; its last log lines: ${lines.join(' | ')}`;
      return `${finding === null ? '' : `: ${finding}`}${wrote}`;
    } catch {
      return '';
    }
  }

  private endBy(held: HeldPod, seen: Gone | Siblings | Repriced): TenancyEnd | undefined {
    if (seen.outcome === 'gone') return seen;
    if (seen.outcome === 'repriced') return this.raisePrice(held, seen);
    this.endSiblings(held.offer, seen);
    return undefined;
  }

  private becomeHealthy(held: HeldPod, pod: Pod): void {
    const { attempts, course, journal } = this.parts;
    held.pod = pod;
    course.moveTo('healthy');
    attempts.recordOf(held.offer.account, pod);
    const where = pod.endpoints.map(({ url }) => url).join(', ');
    journal.log('healthy', `pod ${pod.id} is healthy${where === '' ? '' : ` at ${where}`}`);
    journal.publish();
  }

  /** Meters the highest price, so that no bill is higher. */
  private raisePrice(held: HeldPod, { pod }: Repriced): TenancyEnd | undefined {
    const { attempts, journal } = this.parts;
    attempts.recordOf(held.offer.account, pod);
    held.pod.hourlyPrice = pod.hourlyPrice;
    journal.log('price_raised', `pod ${pod.id} costs $${pod.hourlyPrice}/h now`);
    journal.publish();
    return this.aboveCap(held.offer, pod);
  }

  /** Ends living pods of this life that the claim doesn't hold: from a late or duplicated create. */
  private endSiblings({ account }: Offer, { pods }: Siblings): void {
    const { attempts, debts, journal } = this.parts;
    for (const sibling of pods) {
      attempts.recordOf(account, sibling).outcome = 'sibling';
      journal.log('sibling_found', `${sibling.name} is also pod ${sibling.id}: ending that one`);
      debts.end(account, sibling, 'sibling');
    }
  }

  private pollInput({ offer, pod, absence }: HeldPod, alarmsReported: PollInput['alarmsReported']): PollInput {
    const { attempts, course, debts, terms } = this.parts;
    const { account } = offer;
    return {
      account,
      podId: pod.id,
      name: pod.name,
      prefix: terms.prefix,
      terminatingIds: debts.terminatingIdsOn(account),
      spec: specOfOffer(terms.admission, offer),
      absenceCountsFrom: attempts.absenceCountsFrom(account, course.end),
      absence,
      alarmsReported,
      settings: terms.settingsOf(account),
      tokenVersion: terms.admission.tokenVersion,
      knownHourlyPrice: attempts.recordOf(account, pod).hourlyPrice ?? 0,
    };
  }
}

function subjectOf({ offer: { account }, pod }: HeldPod): { subject: string; account: string } {
  return { subject: `pod ${pod.id}`, account };
}
