import { workflowQueue } from '../../model';
import { broken, holds, unknown } from '../finding';
import type { Check } from '../finding';

/** Without a worker for workflows no claim moves on, and nothing is swept. */
export const workers: Check = {
  name: 'workers',
  meaning: "some worker polls the deployment's workflow queue",
  wayOut: 'start a worker of the deployment: podkeeper worker',
  judge: ({ deployment, isServed }) => {
    const queue = workflowQueue(deployment);
    if (!isServed.known) return [unknown(deployment, `it can't be told who polls ${queue}: ${isServed.why}`)];
    if (isServed.value) return [holds(deployment, `${queue} is polled`)];
    return [broken(deployment, `no worker polls ${queue}: claims wait, and nothing is swept`)];
  },
};
