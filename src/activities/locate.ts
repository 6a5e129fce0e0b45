import { isLiving } from '../model';
import type { LocateInput, LocateOutcome } from '../model';
import type { Account } from '../accounts';
import { mismatchOf } from './matching';
import { alarmOrRetry, providerCall } from './providerCall';

/** Finds out what became of a create whose outcome is unknown: complete lists until the name is seen or can no longer show up in time. */
export async function locatePod(account: Account, input: LocateInput): Promise<LocateOutcome> {
  return await providerCall(input.settings, account.clock, async (call) => {
    const decisive = Date.parse(input.sentBefore) + input.settings.listLagMs;
    try {
      const { pods, begunAt } = await account.listBegunAfterNow(call.cancellation, 'observe');
      const named = pods.filter(({ name }) => name === input.name);
      const pod = named.find((candidate) => isLiving(candidate)) ?? named[0];
      if (pod !== undefined) {
        const mismatch = isLiving(pod) ? mismatchOf(input.spec, pod) : undefined;
        return mismatch === undefined ? { outcome: 'found', pod } : { outcome: 'mismatched', pod, message: mismatch };
      }
      if (begunAt >= decisive)
        return { outcome: 'absent', message: `not in the list at ${new Date(begunAt).toISOString()}` };
      const delay = Math.min(input.settings.bootPollMs, decisive - begunAt);
      throw call.pollAgain({ status: 'absent', message: `${input.name} is not in the list yet` }, delay);
    } catch (error) {
      return alarmOrRetry('read', error, input, input.settings.bootPollMs);
    }
  });
}
