import { hasEnded, isLiving, parsePodName } from '../model';
import type { EndInput, EndOutcome, EndTarget, Pod } from '../model';
import type { Account, PodList } from '../accounts';
import { alarmOrRetry, providerCall } from './providerCall';
import type { ProviderCall } from './providerCall';

/**
 * One try to end pods and to prove it. An accepted delete is no proof, nor is "not found", nor *stopped*: proof is the provider's own end state, or
 * absence in two complete lists past the list lag. Never gives up: what is not proven fails this try, and Temporal makes another.
 */
export async function endPods(account: Account, input: EndInput): Promise<EndOutcome> {
  return await providerCall(input.settings, async (call) => {
    try {
      let list = await account.freshList(call.signal());
      const failures = await terminateAll(account, livingIn(list, input.target), call);
      if (failures.tried > 0) list = await account.freshList(call.signal());
      const left = livingIn(list, input.target);
      if (left.length > 0) {
        call.memory.absences = [];
        if (failures.first !== undefined) throw failures.first;
        throw call.pollAgain(
          {
            status: left[0]?.status ?? 'unknown',
            message: `told to end, but still there: ${left.map(({ id }) => id).join(', ')}`,
          },
          backoffOf(input, call),
        );
      }
      return prove(list, input, call);
    } catch (error) {
      return alarmOrRetry('end', error, input.alarmed);
    }
  });
}

/** Ends by exact id *and* name, or by the prefix of a life: nothing else is ever touched. */
function isTarget(pod: Pod, target: EndTarget): boolean {
  if (target.kind === 'pod') return pod.id === target.id && pod.name === target.name;
  return pod.name.startsWith(target.prefix) && parsePodName(pod.name) !== undefined;
}

function livingIn({ pods }: PodList, target: EndTarget): Pod[] {
  return pods.filter((pod) => isTarget(pod, target) && isLiving(pod));
}

async function terminateAll(account: Account, pods: Pod[], call: ProviderCall) {
  const settled = await Promise.allSettled(
    pods.map(({ id }) => account.provider.terminate(id, { signal: call.signal() })),
  );
  if (pods.length > 0) account.invalidate();
  call.rememberEnded(pods);
  const first: unknown = settled.find((result) => result.status === 'rejected')?.reason;
  return { tried: pods.length, first };
}

/** Nothing living is in the list: either each known pod shows its end, or the absence has to be seen twice. */
function prove(list: PodList, input: EndInput, call: ProviderCall): EndOutcome {
  const { target } = input;
  const ended = list.pods.filter((pod) => isTarget(pod, target) && hasEnded(pod));
  call.rememberEnded(target.kind === 'pod' ? [target] : target.pods);
  const known = call.memory.ended ?? [];
  const begunAt = new Date(list.begunAt).toISOString();
  const allShown = known.length > 0 && known.every(({ id }) => ended.some((pod) => pod.id === id));
  if (allShown && (target.kind === 'pod' || !target.unknownNames)) {
    return {
      outcome: 'proven',
      evidence: `the provider says terminated (${begunAt})`,
      ended: known,
      absentSince: begunAt,
    };
  }
  const counts = list.begunAt >= Date.parse(input.absenceCountsFrom);
  if (counts && call.countAbsence(list.begunAt)) {
    const [first = begunAt, second = begunAt] = call.memory.absences.slice(-2);
    const evidence = `missing from two complete lists, at ${first} and ${second}`;
    return { outcome: 'proven', evidence, ended: known, absentSince: first };
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
