import { hasEnded, isLiving } from '../model';
import type { EndInput, EndOutcome, EndTarget, Pod } from '../model';
import type { Account, PodList } from '../accounts';
import { isOfLife } from './matching';
import { alarmOrRetry, needsPerson, providerCall } from './providerCall';
import type { ProviderCall } from './providerCall';

/**
 * One try to end pods and to prove it. An accepted delete is no proof, nor is "not found", nor *stopped*: proof is the provider's own end state, or
 * absence in two complete lists past the list lag. Never gives up: what is not proven fails this try, and Temporal makes another.
 */
export async function endPods(account: Account, input: EndInput): Promise<EndOutcome> {
  return await providerCall(input.settings, account.clock, async (call) => {
    const backoff = backoffOf(input, call);
    try {
      let list = await account.listBegunAfterNow(call.cancellation, 'observe');
      const found = livingIn(list, input.target);
      if (found.length > 0) {
        // It was seen: the count of absences begins anew, whatever becomes of this try.
        call.memory.absences = [];
        const failures = await terminateAll(account, found, call);
        try {
          list = await account.listBegunAfterNow(call.cancellation, 'observe');
        } catch (error) {
          // A delete that failed is the better reason: this list may have been held back because of it.
          throw failures.size > 0 ? unfinished(found, failures, input, call, backoff) : error;
        }
        const left = livingIn(list, input.target);
        if (left.length > 0) throw unfinished(left, failures, input, call, backoff);
      }
      const [renamed] = renamedIn(list, input.target);
      if (renamed !== undefined) {
        call.memory.absences = [];
        const message = `pod ${renamed.id} is called ${renamed.name} now, which is not ours to end: give it its name back, or end it by hand`;
        throw call.pollAgain({ status: renamed.status, message }, backoff);
      }
      return prove(list, input, call);
    } catch (error) {
      return alarmOrRetry('end', error, input, backoff);
    }
  });
}

/** Ends by exact id *and* name, or by the name of a life: nothing else is ever touched. */
function isTarget(pod: Pod, target: EndTarget): boolean {
  if (target.kind === 'pod') return pod.id === target.id && pod.name === target.name;
  return isOfLife(pod.name, target.prefix);
}

function livingIn({ pods }: PodList, target: EndTarget): Pod[] {
  return pods.filter((pod) => isTarget(pod, target) && isLiving(pod));
}

/** Living pods that were ours by their ids and no longer are by their names: neither to be touched nor gone. */
function renamedIn({ pods }: PodList, target: EndTarget): Pod[] {
  const ids = knownIn(target).map(({ id }) => id);
  return pods.filter((pod) => ids.includes(pod.id) && isLiving(pod) && !isTarget(pod, target));
}

function knownIn(target: EndTarget): { id: string; name: string }[] {
  return target.kind === 'pod' ? [target] : target.pods;
}

/** Tells all of them to end, and answers whose delete failed, by id. */
async function terminateAll(account: Account, pods: Pod[], call: ProviderCall): Promise<Map<string, unknown>> {
  // Before the first delete: should this worker be lost, the next try may no longer see what is ended here.
  call.rememberEnded(pods);
  const failures = new Map<string, unknown>();
  await Promise.all(
    pods.map(async ({ id }) => {
      try {
        await account.terminate(id, call.signal());
      } catch (error) {
        failures.set(id, error);
      }
    }),
  );
  account.invalidate();
  return failures;
}

/** Why pods are left: the failure of one of their deletes, first of all one that a person has to mend. */
function unfinished(
  left: Pod[],
  failures: Map<string, unknown>,
  { alarmed }: EndInput,
  call: ProviderCall,
  backoff: number,
): unknown {
  const errors = left.filter(({ id }) => failures.has(id)).map(({ id }) => failures.get(id));
  if (errors.length > 0) return errors.find((error) => needsPerson('end', error, alarmed)) ?? errors[0];
  const message = `told to end, but still there: ${left.map(({ id }) => id).join(', ')}`;
  return call.pollAgain({ status: left[0]?.status ?? 'unknown', message }, backoff);
}

/** Nothing living is in the list: either each known pod shows its end, or the absence has to be seen twice. */
function prove(list: PodList, input: EndInput, call: ProviderCall): EndOutcome {
  const { target } = input;
  const shown = list.pods.filter((pod) => isTarget(pod, target) && hasEnded(pod));
  call.rememberEnded(knownIn(target));
  const known = [...(call.memory.ended ?? [])];
  const allShown = known.length > 0 && known.every(({ id }) => shown.some((pod) => pod.id === id));
  // Also what came and went unknown: it billed, and has to be in the report.
  call.rememberEnded(shown);
  const ended = call.memory.ended ?? [];
  const begunAt = new Date(list.begunAt).toISOString();
  if (allShown && (target.kind === 'pod' || !target.unknownNames)) {
    return { outcome: 'proven', evidence: `the provider says terminated (${begunAt})`, ended, absentSince: begunAt };
  }
  const counts = list.begunAt >= Date.parse(input.absenceCountsFrom);
  if (counts && call.countAbsence(list.begunAt)) {
    const [first = begunAt, second = begunAt] = call.memory.absences.slice(-2);
    const evidence = `missing from two complete lists, at ${first} and ${second}`;
    return { outcome: 'proven', evidence, ended, absentSince: first };
  }
  const message = counts ? 'missing from one complete list' : 'not in the list, which may lag';
  const lagLeft = Date.parse(input.absenceCountsFrom) - list.begunAt;
  throw call.pollAgain(
    { status: 'absent', message },
    Math.max(input.settings.endBackoffMs, Math.min(lagLeft, input.settings.endBackoffMaxMs)),
  );
}

function backoffOf({ settings }: EndInput, call: ProviderCall): number {
  return Math.min(settings.endBackoffMaxMs, settings.endBackoffMs * 2 ** Math.min(call.attempt - 1, 20));
}
