import { formatDuration, listNames } from '../../model';
import type { Debt } from '../../model';
import { broken, holds, unknown } from '../finding';
import type { Check } from '../finding';
import { counted, ofClaims } from './subjects';

/** Ends that are not proven, and raised an alarm. */
export const debts: Check = {
  name: 'debts',
  meaning: 'no claim has been trying in vain to end its pod for so long that it rang',
  wayOut:
    "see why the provider doesn't end it: podkeeper get; when it is surely gone and can't be proven, podkeeper write-off",
  needsWorker: true,
  judge: (facts) =>
    ofClaims(facts, (claims) => {
      const { deployment, now } = facts;
      const open = claims.flatMap(({ id, info }) => (info.known ? info.value.debts.map((debt) => ({ id, debt })) : []));
      const raised = open.filter(({ debt }) => debt.alarms > 0);
      if (raised.length > 0)
        return [broken(deployment, listNames(raised.map(({ id, debt }) => debtLine(id, debt, now))))];
      const silent = claims.filter(({ info }) => !info.known);
      if (silent.length > 0) {
        return [
          unknown(
            deployment,
            `nobody answers for ${counted(silent.length, 'claim')}: ${listNames(silent.map(({ id }) => id))}`,
          ),
        ];
      }
      return [
        holds(deployment, open.length === 0 ? 'none' : `${counted(open.length, 'end')} under way, no alarm raised`),
      ];
    }),
};

function debtLine(id: string, { name, podIds, since, alarms }: Debt, now: number): string {
  const pods = podIds.length === 0 ? 'no pod seen' : podIds.join(' ');
  return `${id} owes the end of ${name} (${pods}) since ${formatDuration(now - Date.parse(since))}, alarm raised ${alarms}×`;
}
