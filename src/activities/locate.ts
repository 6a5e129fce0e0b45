import { isLiving, isOfLife, textOfRow } from '../model';
import type { LocateInput, LocateLifeInput, LocateLifeOutcome, LocateOutcome } from '../model';
import type { Account } from '../accounts';
import { mismatchOf } from './matching';
import { alarmOrRetry, providerCall } from './providerCall';

/** Finds out what became of a create of unknown outcome, from complete lists: until the name is seen or proven absent. */
export async function locatePod(account: Account, input: LocateInput): Promise<LocateOutcome> {
  const { settings, sentBefore, name } = input;
  return await providerCall(
    settings,
    account.clock,
    async (call) => {
      try {
        const list = await account.listBegunAfterNow(call.cancellation, 'observe');
        const named = list.pods.filter((pod) => pod.name === name);
        const pod = named.find((candidate) => isLiving(candidate)) ?? named[0];
        if (pod !== undefined) {
          const mismatch = isLiving(pod) ? mismatchOf(input.spec, pod) : undefined;
          return mismatch === undefined ? { outcome: 'found', pod } : { outcome: 'mismatched', pod, message: mismatch };
        }
        const absence = call.recordMissing(list, settings.listLagMs, sentBefore);
        if (absence.isProven && absence.row !== null) return { outcome: 'absent', message: textOfRow(absence.row) };
        const waiting = { status: 'absent' as const, message: `${name} is not in the list yet` };
        throw call.pollAgain(waiting, call.untilNextList(list, absence));
      } catch (error) {
        const alarm = alarmOrRetry('read', error, input, settings.missingPollMs);
        return { ...alarm, absence: call.memory.absence };
      }
    },
    { absence: input.absence },
  );
}

/** Finds out what an earlier run of a claim has rented on an account: until a pod of the life is seen, or none can show up any more. */
export async function locateLife(account: Account, input: LocateLifeInput): Promise<LocateLifeOutcome> {
  const { settings, absenceCountsFrom, offers, prefix, knownIds } = input;
  return await providerCall(
    settings,
    account.clock,
    async (call) => {
      try {
        const list = await account.listBegunAfterNow(call.cancellation, 'observe');
        const pods = list.pods
          .filter((pod) => isLiving(pod) && isOfLife(pod.name, prefix) && !knownIds.includes(pod.id))
          .map((pod) => ({
            pod,
            fits: offers.filter(({ spec }) => mismatchOf(spec, pod) === undefined).map(({ number }) => number),
          }));
        if (pods.length > 0) return { outcome: 'found', pods };
        const absence = call.recordMissing(list, settings.listLagMs, absenceCountsFrom);
        if (absence.isProven && absence.row !== null) return { outcome: 'absent', message: textOfRow(absence.row) };
        const waiting = { status: 'absent' as const, message: `no pod named ${prefix}* is in the list` };
        throw call.pollAgain(waiting, call.untilNextList(list, absence));
      } catch (error) {
        const alarm = alarmOrRetry('read', error, input, settings.missingPollMs);
        return { ...alarm, absence: call.memory.absence };
      }
    },
    { absence: input.absence },
  );
}
