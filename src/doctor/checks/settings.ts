import { bound, formatDuration, listNames } from '../../model';
import type { AccountFacts, Facts } from '../facts';
import { broken, holds } from '../finding';
import type { Check, Verdict } from '../finding';
import { forEachAccount, settingsOf } from './subjects';

/** A bound that is longer than a claim's whole life lets a lost pod cost more than the claim was to cost at all. */
export const settings: Check = {
  name: 'settings',
  meaning: 'a pod that everything went wrong with still ends within one more maxLifetime; shorter claims are named',
  wayOut: "shorten overdueSlack, sweepInFlightGrace or sweepGrace in the workers' settings, or lengthen maxLifetime",
  judge: (facts) => forEachAccount(facts, (account) => [judgeSettings(account, facts)]),
};

function judgeSettings({ account }: AccountFacts, facts: Facts): Verdict {
  const used = settingsOf(facts, account);
  const longest = bound(used);
  const said = `a pod bills ${formatDuration(longest)} longer than its claim at worst`;
  if (longest > used.maxLifetimeMs) {
    return broken(account, `${said}, more than the default maxLifetime of ${formatDuration(used.maxLifetimeMs)}`);
  }
  const claims = facts.claims.known ? facts.claims.value.claims.filter((claim) => claim.account === account) : [];
  const short = claims.flatMap(({ id, maxLifetimeMs }) =>
    maxLifetimeMs !== null && maxLifetimeMs < longest ? [`${id} (${formatDuration(maxLifetimeMs)})`] : [],
  );
  // The promise holds for these, too: it is only worth less to them.
  return holds(
    account,
    short.length === 0 ? said : `${said}; that is longer than all of the life of ${listNames(short)}`,
  );
}
