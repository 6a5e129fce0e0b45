import { listNames } from '../../model';
import { broken, holds } from '../finding';
import type { Check } from '../finding';
import { counted, ofClaims, settingsOf } from './subjects';

/** A claim that is open after its last moment and the slack: its workflow is stuck, or nobody runs it. */
export const overdue: Check = {
  name: 'overdue',
  meaning: 'no claim is open for longer than overdueSlack after its last moment',
  wayOut:
    "look at its workflow in Temporal's UI; the reaper ends the pod meanwhile. A deploy that repairs the code lets the workflow go on",
  judge: (facts) =>
    ofClaims(facts, (claims) => {
      const { deployment, now } = facts;
      const late = claims.filter(({ account, notAfter }) => {
        const { overdueSlackMs } = settingsOf(facts, account);
        return notAfter !== null && Date.parse(notAfter) + overdueSlackMs < now;
      });
      if (late.length === 0) return [holds(deployment, `none of ${counted(claims.length, 'open claim')}`)];
      return [
        broken(
          deployment,
          `open after their end: ${listNames(late.map(({ id, notAfter }) => `${id} (${notAfter ?? ''})`))}`,
        ),
      ];
    }),
};
