import { isLiving, isOfLife, textOfRow } from '../model';
import type {
  Absence,
  Alarm,
  Cleared,
  Gone,
  PollInput,
  ObserveOutcome,
  Pod,
  Repriced,
  Siblings,
  WatchOutcome,
} from '../model';
import type { Account, PodList } from '../accounts';
import type { TokenSecrets } from '../auth';
import { probe } from './probe';
import { alarmOrRetry, lineOf, providerCall } from './providerCall';
import type { ProviderCall } from './providerCall';

/** One poll of a booting pod: healthy, gone, with siblings, or not yet. A pod with `auth` is probed with its token or a signed URL. */
export async function observePod(
  account: Account,
  input: PollInput,
  tokenSecrets?: TokenSecrets,
): Promise<ObserveOutcome> {
  const { bootPollMs, bootSnapshotMs, callTimeoutMs } = input.settings;
  return await polling(account, input, bootPollMs, async (call) => {
    const seen = await pollOnce(account, input, call, bootSnapshotMs);
    if (seen.outcome !== 'living') return seen;
    const { pod } = seen;
    if (pod.status !== 'running') throw call.pollAgain({ status: pod.status, message: waiting(pod) }, bootPollMs);
    // Status and address come from one reply about this id, and that address is probed after it.
    const { name, spec, tokenVersion } = input;
    const access = { pod: { name, auth: spec.auth, tokenVersion }, secrets: tokenSecrets };
    const probed = await probe(pod, spec.health, callTimeoutMs, access);
    if (probed.passed) return { outcome: 'healthy', pod: probed.pod };
    throw call.pollAgain({ status: pod.status, message: `running; ${probed.found}` }, bootPollMs);
  });
}

/** One poll of a healthy pod: gone, with siblings, or still there. */
export async function watchPod(account: Account, input: PollInput): Promise<WatchOutcome> {
  const { healthyPollMs, healthySnapshotMs } = input.settings;
  return await polling(account, input, healthyPollMs, async (call) => {
    const seen = await pollOnce(account, input, call, healthySnapshotMs);
    if (seen.outcome !== 'living') return seen;
    throw call.pollAgain({ status: seen.pod.status, message: `still ${seen.pod.status}` }, healthyPollMs);
  });
}

/**
 * Returns what a poll found, or the alarm to raise. In all other cases the pod is polled again after `paceMs`, and sooner while it is
 * missing.
 */
async function polling<T>(
  account: Account,
  input: PollInput,
  paceMs: number,
  run: (call: ProviderCall) => Promise<T>,
): Promise<T | Alarm | Cleared> {
  const { settings, absence } = input;
  return await providerCall(
    settings,
    account.clock,
    async (call) => {
      try {
        return await run(call);
      } catch (error) {
        const isMissing = call.memory.absence !== null;
        const alarm = alarmOrRetry('read', error, input, isMissing ? settings.missingPollMs : paceMs);
        return { ...alarm, absence: call.memory.absence };
      }
    },
    { absence },
  );
}

function waiting(pod: Pod): string {
  return pod.statusDetail === null ? pod.status : `${pod.status}: ${pod.statusDetail}`;
}

async function pollOnce(
  account: Account,
  input: PollInput,
  call: ProviderCall,
  maxAgeMs: number,
): Promise<{ outcome: 'living'; pod: Pod } | Repriced | Gone | Siblings> {
  // While the pod is missing, a list that others requested may be older than the row of absences.
  const isMissing = call.memory.absence !== null;
  let list = isMissing ? undefined : await account.sharedList(maxAgeMs, call.cancellation);
  let pod = list === undefined ? undefined : find(list, input);
  if (list === undefined || pod === undefined) {
    // The shared list may be older than the pod. Only a list that began after this poll shows that it is missing.
    list = await account.listBegunAfterNow(call.cancellation, 'observe');
    pod = find(list, input);
  }
  const { listLagMs } = input.settings;
  const absence = pod === undefined ? call.recordMissing(list, listLagMs, input.absenceCountsFrom) : call.recordSeen();
  const siblings = siblingsIn(list, input);
  if (siblings.length > 0) return { outcome: 'siblings', pods: siblings, absence: absence.row };
  if (pod === undefined) return absent(list, absence, call);
  const repriced = priceRise(pod, input);
  if (repriced !== undefined) return repriced;
  if (pod.status === 'terminated' || pod.status === 'failed' || pod.status === 'stopped') {
    const gone: Gone = { outcome: 'gone', reason: 'exited', message: lineOf(`the provider says ${waiting(pod)}`) };
    return pod.unstarted === undefined ? gone : { ...gone, unstarted: pod.unstarted };
  }
  return { outcome: 'living', pod };
}

function find({ pods }: PodList, { podId }: PollInput): Pod | undefined {
  return pods.find(({ id }) => id === podId);
}

function siblingsIn({ pods }: PodList, input: PollInput): Siblings['pods'] {
  return pods
    .filter((pod) => isLiving(pod) && isOfLife(pod.name, input.prefix))
    .filter(({ id }) => id !== input.podId && !input.terminatingIds.includes(id))
    .map(({ id, name, hourlyPrice }) => ({ id, name, hourlyPrice }));
}

/** Also for a pod that has ended, because its cost has to be known. */
function priceRise({ id, name, hourlyPrice }: Pod, { knownHourlyPrice }: PollInput): Repriced | undefined {
  if (knownHourlyPrice === undefined || hourlyPrice === null || hourlyPrice <= knownHourlyPrice) return undefined;
  return { outcome: 'repriced', pod: { id, name, hourlyPrice } };
}

function absent(list: PodList, absence: Absence, call: ProviderCall): Gone {
  const { row, isProven } = absence;
  if (isProven && row !== null) return { outcome: 'gone', reason: 'lost', message: textOfRow(row) };
  const message = row === null ? 'not in the list yet' : textOfRow(row);
  throw call.pollAgain({ status: 'absent', message }, call.untilNextList(list, absence));
}
