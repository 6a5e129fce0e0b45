import type { Account } from '../accounts';
import { blindnessOf, textOf } from '../activities';
import { isLiving, judgeName, listNames, parsePodName } from '../model';
import type { Pod } from '../model';
import type { GuardDependencies, GuardFinding } from './finding';

/**
 * Lists an account once, as the reaper will. Checks whether it sees anything, and whether another control plane uses the same deployment
 * name.
 */
export async function checkAccount(
  account: Account,
  dependencies: GuardDependencies,
  signal: AbortSignal,
): Promise<GuardFinding[]> {
  let pods: Pod[];
  try {
    ({ pods } = await account.listBegunAfterNow(signal, 'list'));
  } catch (error) {
    return [blind(account, textOf(error))];
  }
  const { settings } = dependencies;
  const why = await blindnessOf(account, settings, pods, dependencies);
  return [...(why === null ? [] : [blind(account, why)]), ...otherControlPlane(account, pods, dependencies)];
}

function blind({ name }: Account, why: string): GuardFinding {
  const message = `the reaper would see nothing in account ${name}: ${why}. Give the worker a key of this account that may list and end pods`;
  return { guard: 'blind', account: name, message };
}

function otherControlPlane({ name }: Account, pods: readonly Pod[], { identity }: GuardDependencies): GuardFinding[] {
  const theirs = pods.filter(
    (pod) => isLiving(pod) && judgeName(parsePodName(pod.name), identity)?.verdict === 'other_control_plane',
  );
  if (theirs.length === 0) return [];
  const message = `account ${name} has pods of a deployment ${identity.deployment} on another Temporal: ${listNames(theirs.map((pod) => pod.name))}. They are not touched: give one of the two deployments another name, or end what a lost Temporal left behind by hand`;
  return [{ guard: 'other_control_plane', account: name, message }];
}
