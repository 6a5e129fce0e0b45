import { condition, patched } from '@temporalio/workflow';
import { iso, numberOf, podToAdopt, specOfOffer } from '../model';
import type { AbsenceRow, FoundPod, LocateLifeInput, Offer, Pod } from '../model';
import type { Attempts } from './attempts';
import type { Course } from './course';
import type { Debts } from './debts';
import type { Journal } from './journal';
import type { Reader } from './reader';
import type { Terms } from './terms';

/** What the survey depends on. */
interface Parts {
  terms: Terms;
  course: Course;
  journal: Journal;
  attempts: Attempts;
  debts: Debts;
  reader: Reader;
}

/** A pod of an earlier run, and the offer that it fits. */
export interface Adoption {
  offer: Offer;
  pod: Pod;
}

/**
 * Tells whether this run has to look at its accounts before its next create: a reset made it, so an earlier run may have rented what it
 * doesn't know. Such a run first replays the earlier one's creates, before which nothing was surveyed: a marker in the history tells the two
 * apart. It is made for each create, since the run may be reset again in between.
 */
export function needsSurvey({ terms, attempts }: Pick<Parts, 'terms' | 'attempts'>): boolean {
  // The create itself looks at its account before it sends anything.
  return terms.isReset && terms.accounts.length > 1 && patched(`survey-${attempts.nextNumber}`);
}

/**
 * Looks at each account for pods of this life, until no other can show up any more. Adopts one that fits an offer, ends the others,
 * and numbers on above all that were seen. Waits for the ends when none is adopted, since the next step is a create.
 */
export async function surveyAfterReset(parts: Parts): Promise<Adoption | undefined> {
  const { attempts, course, debts, journal, terms } = parts;
  const found = (await Promise.all(terms.accounts.map((account) => podsOn(account, parts)))).flat();
  attempts.numberAbove(Math.max(0, ...found.map(({ pod }) => numberOf(pod))));
  const adopted = course.isEnding ? undefined : podToAdopt(found);
  for (const { account, pod } of found) {
    attempts.recordOf(account, pod).outcome = 'sibling';
    if (pod === adopted?.pod) continue;
    journal.log('sibling_found', `${pod.name} is pod ${pod.id} on ${account}: ending that one`);
    debts.end(account, pod, 'sibling');
  }
  if (adopted === undefined) await condition(() => course.isEnding || !debts.areOpen);
  const offer = terms.admission.offers[adopted?.fits[0] ?? -1];
  return adopted === undefined || offer === undefined ? undefined : { offer, pod: adopted.pod };
}

async function podsOn(account: string, { terms, reader, debts }: Parts): Promise<FoundPod[]> {
  const settings = terms.settingsOf(account);
  const progress: { absence: AbsenceRow | null } = { absence: null };
  const absenceCountsFrom = iso(Date.now() + settings.sendWindowMs);
  const found: FoundPod[] = [];
  for (;;) {
    const answer = await reader.read({ subject: `${terms.prefix}*`, account }, progress, (alarmsReported) =>
      terms.callsTo(account).locateLife({
        account,
        prefix: terms.prefix,
        offers: offersOn(terms, account),
        knownIds: [...debts.terminatingIdsOn(account), ...found.map(({ pod }) => pod.id)],
        absenceCountsFrom,
        absence: progress.absence,
        alarmsReported,
        settings,
      }),
    );
    if (answer?.outcome !== 'found') return found;
    found.push(...answer.pods.map((each) => ({ account, ...each })));
  }
}

function offersOn({ admission }: Terms, account: string): LocateLifeInput['offers'] {
  return admission.offers
    .filter((offer) => offer.account === account)
    .map((offer) => {
      const { image, gpu, gpuCount } = specOfOffer(admission, offer);
      return { number: offer.number, spec: { image, gpu, gpuCount } };
    });
}
