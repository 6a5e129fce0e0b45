import { listNames } from '../../model';
import { broken, holds } from '../finding';
import type { Check } from '../finding';
import { counted, ofClaims } from './subjects';

/** A claim whose workflow task fails again and again is overdue later: here it shows at once. */
export const stuck: Check = {
  name: 'stuck',
  meaning: "no claim's workflow task is being tried again",
  wayOut:
    "read the failure in Temporal's UI, and deploy workers whose code can go on; its deadlines don't run until then, only the reaper's do",
  judge: (facts) =>
    ofClaims(facts, (claims) => {
      const { deployment } = facts;
      const failing = claims.filter(({ taskAttempt }) => taskAttempt > 1);
      if (failing.length === 0) return [holds(deployment, `none of ${counted(claims.length, 'open claim')}`)];
      return [broken(deployment, listNames(failing.map(({ id, taskAttempt }) => `${id} (try ${taskAttempt})`)))];
    }),
};
