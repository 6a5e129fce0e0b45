import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import { Podkeeper } from '../../src/client';
import type { PodHandle } from '../../src/client';
import { devServerConnection } from '../support/environment';
import { onDevServer, reached } from '../support/lifecycle';
import { ACCOUNT, mockCloud } from '../support/mockCloud';
import { until } from '../support/until';

const SPEC = { image: 'x' };
const SOON_MS = 300;

let connection: Connection;
beforeAll(async () => {
  connection = await devServerConnection();
});
afterAll(async () => await connection.close());

/** A claim in a deployment that no worker serves. */
async function unserved(use: (pod: PodHandle, warnings: string[], deployment: string) => Promise<void>): Promise<void> {
  const client = new Client({ connection });
  const deployment = randomUUID().slice(0, 8);
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const podkeeper = new Podkeeper({ client, deployment, workerTimeoutMs: SOON_MS, onWarning });
  const pod = await podkeeper.spawn(SPEC);
  try {
    await use(pod, warnings, deployment);
  } finally {
    await client.workflow.getHandle(pod.workflowId).terminate('the test is over');
  }
}

function absence(deployment: string) {
  const message = expect.stringContaining(`no worker serves deployment ${deployment}`) as string;
  return { kind: 'transport', message };
}

describe('without a worker', () => {
  const calls: [string, (pod: PodHandle) => Promise<unknown>][] = [
    ['healthy()', async (pod) => await pod.healthy()],
    ['touch()', async (pod) => await pod.touch()],
    ['token()', async (pod) => await pod.token()],
    ['signUrl()', async (pod) => await pod.signUrl('/')],
    ['writeOff()', async (pod) => await pod.writeOff({ by: 'ada', reason: 'lost' })],
    ['terminate()', async (pod) => await pod.terminate()],
    ['events()', async (pod) => await pod.events().next()],
  ];
  test.each(calls)('%s rejects, and names the deployment', async (_name, call) => {
    await unserved(async (pod, _warnings, deployment) => {
      await expect(call(pod)).rejects.toMatchObject(absence(deployment));
    });
  });

  test('terminate() has requested the end', async () => {
    await unserved(async (pod) => {
      await expect(pod.terminate()).rejects.toMatchObject({ kind: 'transport' });
      const { events } = await new Client({ connection }).workflow.getHandle(pod.workflowId).fetchHistory();
      const signals = (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
      expect(signals).toMatchObject([{ signalName: 'release' }]);
    });
  });

  test('result() keeps waiting, and warns once', async () => {
    await unserved(async (pod, warnings, deployment) => {
      const result = pod.result().then(
        () => 'over',
        () => 'over',
      );
      await until('it warns', () => warnings.length > 0);
      expect(warnings).toEqual([absence(deployment).message]);
      expect(await Promise.race([result, Promise.resolve('waiting')])).toBe('waiting');
    });
  });
});

test('an error for a deployment without workers names one that has workers', async () => {
  await onDevServer(async (stage) => {
    const id = `c-${randomUUID().slice(0, 8)}`;
    stage.clouds.set(`${stage.deployment}/${id}`, mockCloud());
    const { client } = stage.env;
    const pod = await new Podkeeper({ client, deployment: stage.deployment }).spawn({ ...SPEC, id });
    await reached(client.workflow.getHandle(pod.workflowId), 'healthy');
    await until('the claim is in the list', async () => {
      for await (const { workflowId } of client.workflow.list()) if (workflowId === pod.workflowId) return true;
      return false;
    });
    await unserved(async (lost) => {
      await expect(lost.touch()).rejects.toMatchObject({
        message: expect.stringContaining(stage.deployment) as string,
      });
    });
    await pod.terminate();
  });
});

test('terminate() rejects when no worker serves the account', async () => {
  await onDevServer(
    async (stage) => {
      const id = `c-${randomUUID().slice(0, 8)}`;
      const cloud = mockCloud();
      stage.clouds.set(`${stage.deployment}/${id}`, cloud);
      const { client } = stage.env;
      const podkeeper = new Podkeeper({ client, deployment: stage.deployment, workerTimeoutMs: SOON_MS });
      const pod = await podkeeper.spawn({ ...SPEC, id });
      await reached(client.workflow.getHandle(pod.workflowId), 'booting');
      await expect(pod.terminate()).rejects.toMatchObject({
        kind: 'transport',
        message: expect.stringContaining(`serves account ${ACCOUNT}`) as string,
      });
      await client.workflow.getHandle(pod.workflowId).terminate('the test is over');
    },
    { roles: ['workflows', 'spend'] },
  );
});

test('an unknown namespace is named', async () => {
  const client = new Client({ connection, namespace: 'nope' });
  const podkeeper = new Podkeeper({ client, deployment: 'prod' });
  const missing = { kind: 'not_found', message: expect.stringContaining("namespace 'nope'") as string };
  await expect(podkeeper.spawn(SPEC)).rejects.toMatchObject(missing);
  await expect(podkeeper.get('a').touch()).rejects.toMatchObject(missing);
  await expect(podkeeper.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject(missing);
});
