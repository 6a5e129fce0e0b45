/** An application as a process of its own, that rents pods by leases until it is killed. */
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Podkeeper } from '../../../src/client';
import { SLEEP } from '../../support/e2eSetup';

/** What such a process is told, as a line of JSON on its standard input. */
export interface ClientConfig {
  address: string;
  deployment: string;
  /** How many pods it rents at a time. */
  pods: number;
  /** As in a spec. */
  idleTimeout: string;
  /** What the ids of its claims begin with. */
  prefix: string;
}

const input = createInterface({ input: process.stdin });
input.once('line', (line) => {
  run(JSON.parse(line) as ClientConfig).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
// It ends with the process at the other end.
input.once('close', () => process.exit(1));

async function run({ address, deployment, pods, idleTimeout, prefix }: ClientConfig): Promise<void> {
  const client = new Client({ connection: await Connection.connect({ address }) });
  const podkeeper = new Podkeeper({ client, deployment });
  await Promise.all(
    Array.from({ length: pods }, async (_, index) => {
      for (let round = 0; ; round += 1) {
        const id = `${prefix}-${index}-${round}`;
        try {
          await podkeeper.withPod({ ...SLEEP, id, idleTimeout }, async (pod) => {
            console.log(pod.id);
            // Used for a while, and given back.
            await pause(2_000 + Math.random() * 8_000);
          });
        } catch {
          // Temporal was away, or the lease ran out meanwhile: another one.
          await pause(500);
        }
      }
    }),
  );
}
