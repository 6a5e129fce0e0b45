import { Account } from '../../../src/accounts';
import { createPodActivities } from '../../../src/activities';
import { tokenSecretsOf } from '../../../src/auth';
import type { Clock, PodActivities, Settings } from '../../../src/model';
import type { Slot } from './slot';
import type { World } from './world';

/** What the plays' claims with `auth` are guarded by: of the client and of the activities. */
export const PLAY_SECRET = 'the-plays-are-guarded-by-a-secret-of-their-own';

/** Podkeeper's own activities, with what the breakage of each account's plan puts in their place. */
export function breakableActivities(
  slots: ReadonlyMap<string, Slot>,
  { identity, settings, clock }: { identity: World['identity']; settings: Settings; clock: Clock },
): PodActivities {
  const own = createPodActivities({
    identity,
    accounts: new Map([...slots].map(([name, slot]) => [name, new Account(name, slot, { clock, settings })])),
    settings,
    secrets: () => undefined,
    tokenSecrets: tokenSecretsOf(PLAY_SECRET),
    isOwnerGone: async () => await Promise.resolve(false),
  });
  const of = ({ account }: { account: string }): PodActivities => {
    const slot = slots.get(account);
    return slot === undefined ? own : { ...own, ...slot.breakage.activities?.(own, slot) };
  };
  return {
    admitClaim: async (input) => await own.admitClaim(input),
    createPod: async (input) => await of(input).createPod(input),
    locatePod: async (input) => await of(input).locatePod(input),
    locateLife: async (input) => await of(input).locateLife(input),
    observePod: async (input) => await of(input).observePod(input),
    explainBoot: async (input) => await of(input).explainBoot(input),
    watchPod: async (input) => await of(input).watchPod(input),
    endPods: async (input) => await of(input).endPods(input),
  };
}
