import { endLagOf, hasEnded, isEndTarget, isLiving, knownPods, textOfRow } from '../model';
import type { EndInput, EndOutcome, EndProgress, Pod } from '../model';
import type { Account, PodList } from '../accounts';
import { alarmOrRetry, kindOf, needsAlarm, providerCall } from './providerCall';
import type { ProviderCall } from './providerCall';

/** How long a delete waits for a list that shows its pod's name, ms. With a provider that lists slowly, the pod costs money meanwhile. */
const NAME_CHECK_MS = 5_000;

/**
 * One try to end pods, and to prove it. Known pods are deleted at once, before any list. An accepted delete is no proof, nor is "not
 * found", nor *stopped*: only the provider's own end state or absence from a row of complete lists is. Without a proof this try fails, and
 * Temporal makes another, without limit.
 */
export async function endPods(account: Account, input: EndInput): Promise<EndOutcome> {
  const { accepted, absence } = input;
  return await providerCall(input.settings, account.clock, async (call) => await tryToEnd(account, input, call), {
    accepted,
    absence,
  });
}

async function tryToEnd(account: Account, input: EndInput, call: ProviderCall): Promise<EndOutcome> {
  const { target, settings } = input;
  const backoff = backoffOf(input, call);
  try {
    const known = knownPods(target);
    const due = known.filter(({ id }) => !progressOf(call).accepted.includes(id));
    const failures = await deleteAll(account, due, call, input);
    // The calls that the provider still accepts are reserved for deletes.
    const refused = [...failures.values()].find((error) => kindOf(error) === 'rate_limited');
    if (refused !== undefined) throw refused;
    const isFirstReport = known.some(({ id }) => !input.accepted.includes(id));
    if (isFirstReport && isAccepted(known, call)) return { outcome: 'accepted', ...progressOf(call) };
    return await prove(account, input, call, failures, backoff);
  } catch (error) {
    // While pods are missing, a failed list is repeated soon enough to continue the row.
    const atLeast = call.memory.absence === null ? backoff : Math.min(backoff, settings.missingPollMs);
    const alarm = alarmOrRetry('end', error, input, atLeast);
    return { ...alarm, ...progressOf(call) };
  }
}

function isAccepted(pods: { id: string }[], call: ProviderCall): boolean {
  return pods.every(({ id }) => progressOf(call).accepted.includes(id));
}

function progressOf({ memory }: ProviderCall): EndProgress {
  return { accepted: memory.accepted ?? [], ended: memory.ended ?? [], absence: memory.absence };
}

/**
 * Deletes pods by ids that the claim knows to be its own. Returns the failures by id. A pod listed under another name is left alone, and
 * one listed as ended needs no delete.
 */
async function deleteAll(
  account: Account,
  due: { id: string; name: string }[],
  call: ProviderCall,
  { settings }: EndInput,
): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  if (due.length === 0) return failures;
  const list =
    // As old as the lists that polls accept.
    account.lastSeen(settings.healthyPollMs + settings.healthySnapshotMs) ??
    (await account.listBegunAfterNow(call.signal(NAME_CHECK_MS), 'observe').catch(() => undefined));
  await Promise.all(
    due.map(async ({ id, name }) => {
      const shown = list?.pods.find((pod) => pod.id === id);
      // Later lists may not state its price.
      if (shown?.name === name) call.recordEnded([shown]);
      try {
        if (shown === undefined || (shown.name === name && isLiving(shown))) await account.terminate(id, call.signal());
        else if (isLiving(shown)) return;
        call.memory.accepted = [...new Set([...progressOf(call).accepted, id])];
      } catch (error) {
        failures.set(id, error);
      }
    }),
  );
  account.invalidate();
  return failures;
}

/**
 * Checks whether a list proves that nothing is left. Pods that are still listed are deleted again if need be; unknown pods are reported
 * before they are deleted.
 */
async function prove(
  account: Account,
  input: EndInput,
  call: ProviderCall,
  failures: Map<string, unknown>,
  backoff: number,
): Promise<EndOutcome> {
  const { target } = input;
  let list: PodList;
  try {
    list = await account.listBegunAfterNow(call.cancellation, 'observe');
  } catch (error) {
    // A failed delete is the better error: this list may have been held back because of it.
    throw mostUrgent(failures, input) ?? error;
  }
  const known = knownPods(target);
  const shown = list.pods.filter((pod) => isEndTarget(target, pod));
  call.recordEnded(shown);
  const unknownPods = shown.filter(({ id }) => known.every((pod) => pod.id !== id));
  const left = shown.filter((pod) => isLiving(pod));
  // Whatever becomes of this try, the pods were seen, so the row starts again.
  if (left.length > 0) call.recordSeen();
  if (target.kind !== 'pod' && unknownPods.length > 0) {
    const pods = progressOf(call).ended.filter(({ id }) => unknownPods.some((pod) => pod.id === id));
    return { outcome: 'found', pods, ...progressOf(call) };
  }
  if (left.length > 0) throw await deleteAgain(account, left, failures, input, call, backoff);
  const renamed = list.pods.find((pod) => known.some(({ id }) => id === pod.id) && isLiving(pod));
  if (renamed !== undefined) {
    call.recordSeen();
    const message = `pod ${renamed.id} is called ${renamed.name} now, so Podkeeper doesn't end it: give it its name back, or end it by hand`;
    throw call.pollAgain({ status: renamed.status, message }, backoff);
  }
  return decide(list, input, call, failures);
}

/**
 * Deletes again what is still listed, except in the first try, because an end takes its time. Returns why pods are left: the failure of a
 * delete, if there is one.
 */
async function deleteAgain(
  account: Account,
  left: Pod[],
  failures: Map<string, unknown>,
  input: EndInput,
  call: ProviderCall,
  backoff: number,
): Promise<unknown> {
  const again = call.attempt === 1 ? [] : left.filter(({ id }) => !failures.has(id));
  for (const [id, error] of await deleteAll(account, again, call, input)) failures.set(id, error);
  const those = new Map([...failures].filter(([id]) => left.some((pod) => pod.id === id)));
  const failure = mostUrgent(those, input);
  if (failure !== undefined) return failure;
  const message = `the delete was accepted, but still there: ${left.map(({ id }) => id).join(', ')}`;
  return call.pollAgain({ status: left[0]?.status ?? 'unknown', message }, backoff);
}

/** The failure that a person has to fix, or else the first one. */
function mostUrgent(failures: Map<string, unknown>, { alarmsReported }: EndInput): unknown {
  const errors = [...failures.values()];
  return errors.find((error) => needsAlarm('end', error, alarmsReported)) ?? errors[0];
}

/** No living pod is listed: either each known pod is listed as ended, or its absence has to be proven. */
function decide(list: PodList, input: EndInput, call: ProviderCall, failures: Map<string, unknown>): EndOutcome {
  const { target, settings } = input;
  const known = knownPods(target);
  const mayComeLate = target.kind === 'name' || (target.kind === 'life' && target.unknownNames);
  const { ended } = progressOf(call);
  const isShown = ({ id }: { id: string }) => list.pods.some((pod) => pod.id === id && hasEnded(pod));
  if (known.length > 0 && known.every(isShown) && !mayComeLate) {
    return { outcome: 'proven', evidence: 'the provider says terminated', ended };
  }
  // The lag after a delete doesn't apply to pods that were not deleted.
  const endLagMs = endLagOf(settings);
  const areDeleted = !mayComeLate && known.length > 0 && isAccepted(known, call);
  const lagMs = areDeleted ? endLagMs : Math.max(settings.listLagMs, endLagMs);
  const absence = call.recordMissing(list, lagMs, input.absenceCountsFrom);
  const { row, isProven } = absence;
  if (isProven && row !== null) return { outcome: 'proven', evidence: textOfRow(row), ended };
  const failure = mostUrgent(failures, input);
  if (failure !== undefined) throw failure;
  const message = row === null ? 'not in the list, which may lag' : textOfRow(row);
  throw call.pollAgain({ status: 'absent', message }, call.untilNextList(list, absence));
}

function backoffOf({ settings }: EndInput, call: ProviderCall): number {
  return Math.min(settings.endBackoffMaxMs, settings.endBackoffMs * 2 ** Math.min(call.attempt - 1, 20));
}
