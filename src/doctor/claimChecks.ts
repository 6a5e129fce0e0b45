import { counted, formatDuration, listNames } from '../model';
import type { Debt } from '../model';
import { broken, forClaims, holds, settingsOf, unknown } from './check';
import type { Check } from './check';

/** Shows at once a claim whose workflow task fails again and again; `overdue` shows it only later. */
export const stuck: Check = {
  name: 'stuck',
  meaning: "no claim's workflow task is being retried",
  remedy:
    "read the failure in Temporal's UI, and deploy workers whose code can continue; until then only the reaper enforces the claim's deadlines",
  judge: (facts) =>
    forClaims(facts, (claims) => {
      const failing = claims.filter(({ taskAttempt }) => taskAttempt > 1);
      if (failing.length === 0) return holds(facts.deployment, `none of ${counted(claims.length, 'open claim')}`);
      return broken(facts.deployment, listNames(failing.map(({ id, taskAttempt }) => `${id} (try ${taskAttempt})`)));
    }),
};

/** A claim that is still open this late is stuck, or no worker runs it. */
export const overdue: Check = {
  name: 'overdue',
  meaning: 'no claim is open for longer than overdueSlack after its deadline',
  remedy:
    "look at its workflow in Temporal's UI; meanwhile the reaper ends the pod. A deploy that repairs the code lets the workflow continue",
  judge: (facts) =>
    forClaims(facts, (claims) => {
      const late = claims.filter(({ account, notAfter }) => {
        const { overdueSlackMs } = settingsOf(facts, account);
        return notAfter !== null && Date.parse(notAfter) + overdueSlackMs < facts.now;
      });
      if (late.length === 0) return holds(facts.deployment, `none of ${counted(claims.length, 'open claim')}`);
      const names = listNames(late.map(({ id, notAfter }) => `${id} (${notAfter ?? ''})`));
      return broken(facts.deployment, `open after their deadline: ${names}`);
    }),
};

/** Ends that aren't proven, and have raised an alarm. */
export const debts: Check = {
  name: 'debts',
  meaning: 'no claim has raised an alarm because its pod does not end',
  remedy:
    "find out why the provider doesn't end it: podkeeper get; if it is certainly gone and that can't be proven, podkeeper write-off",
  needsWorker: true,
  judge: (facts) =>
    forClaims(facts, (claims) => {
      const { deployment, now } = facts;
      const open = claims.flatMap(({ id, info }) => (info.known ? info.value.debts.map((debt) => ({ id, debt })) : []));
      const alarming = open.filter(({ debt }) => debt.alarms > 0);
      if (alarming.length > 0) {
        return broken(deployment, listNames(alarming.map(({ id, debt }) => debtLine(id, debt, now))));
      }
      const silent = claims.flatMap(({ id, info }) => (info.known ? [] : [id]));
      if (silent.length > 0) {
        return unknown(deployment, `${counted(silent.length, 'claim')} did not answer: ${listNames(silent)}`);
      }
      const pending = `${counted(open.length, 'end')} pending, no alarm`;
      return holds(deployment, open.length === 0 ? 'none' : pending);
    }),
};

function debtLine(id: string, { name, podIds, since, alarms }: Debt, now: number): string {
  const pods = podIds.length === 0 ? 'no pod seen' : podIds.join(' ');
  const age = formatDuration(now - Date.parse(since));
  return `${id} has been ending ${name} (${pods}) for ${age}; ${counted(alarms, 'alarm')} raised`;
}
