import { accountQueue, listNames } from '../../model';
import type { AccountFacts, Facts } from '../facts';
import { broken, holds, unknown } from '../finding';
import type { Check, Verdict } from '../finding';
import { forEachAccount } from './subjects';

/** An account whose queues nobody polls can't be rented from, and what is rented there can't be ended. */
export const lanes: Check = {
  name: 'lanes',
  meaning: 'some worker polls both queues of the account, spend and keep',
  wayOut:
    'start a worker that has the account in its configuration; it must stay there for as long as claims hold on it',
  needsWorker: true,
  judge: (facts) => forEachAccount(facts, (account) => judgeLanes(account, facts)),
};

function judgeLanes({ account, lanes: polled }: AccountFacts, { deployment, claims }: Facts): Verdict[] {
  if (!polled.known) return [unknown(account, `it can't be told who polls its queues: ${polled.why}`)];
  const silent = (['spend', 'keep'] as const).filter((lane) => !polled.value[lane]);
  if (silent.length === 0) return [holds(account, 'both of its queues are polled')];
  const queues = silent.map((lane) => accountQueue(deployment, account, lane)).join(' and ');
  const on = claims.known ? claims.value.claims.filter((claim) => claim.account === account) : [];
  const claimed =
    on.length === 0 ? 'no open claim is known on it' : `open claims on it: ${listNames(on.map(({ id }) => id))}`;
  return [broken(account, `nobody polls ${queues}; ${claimed}`)];
}
