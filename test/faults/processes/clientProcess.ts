/** An application in its own process that leases pods until it is killed. */
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Podkeeper } from '../../../src/client';
import { SLEEP } from '../../support/e2eSetup';

/** The process's configuration, a line of JSON on stdin. */
export interface ClientConfig {
  address: string;
  deployment: string;
  /** Number of concurrent pods. */
  pods: number;
  /** As in a spec. */
  idleTimeout: string;
  /** Prefix of its claims' ids. */
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
            // Use it for a while, then release it.
            await pause(2_000 + Math.random() * 8_000);
          });
        } catch {
          // Temporal was down, or the lease expired: try another one.
          await pause(500);
        }
      }
    }),
  );
}
