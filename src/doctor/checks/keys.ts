import { broken, holds, notKnown, unknown } from '../finding';
import type { Check } from '../finding';
import { counted, forEachAccount, hasNoWorker } from './subjects';

/** What the workers' own credentials show, at this moment: this machine may have none. */
export const keys: Check = {
  name: 'keys',
  meaning: "a worker can list the account's pods with its key, and sees those that living claims hold",
  wayOut: 'give the workers a key of this account that may list and end pods, and restart them',
  needsWorker: true,
  judge: (facts) =>
    forEachAccount(facts, (seen) => {
      const { account, look } = seen;
      if (hasNoWorker(seen)) return [notKnown(account, 'no worker for the account')];
      if (!look.known) return [unknown(account, `no worker could look: ${look.why}`)];
      const { survey, voidReason } = look.value;
      if (survey === null) return [broken(account, `a worker can't see it: ${voidReason ?? 'no reason given'}`)];
      const count = Object.values(survey.counts).reduce((sum, each) => sum + each, 0);
      return [holds(account, `a worker lists ${counted(count, 'pod')} that may bill`)];
    }),
};
