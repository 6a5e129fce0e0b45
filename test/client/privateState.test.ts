import { inspect } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { TokenSecrets } from '../../src/auth';
import { Account } from '../../src/accounts';
import { Podkeeper } from '../../src/client';
import { KeepAlive } from '../../src/client/keepAlive';
import { REAL_TIME } from '../../src/client/time';
import { HttpClient } from '../../src/http';
import { GPU_CATALOGUE } from '../../src/model/gpus';
import { workerMade } from '../support/workersMade';
import { createProvider } from '../../src/providers/registry';

const CANARY = 'canary-0f-a-key-that-nobody-may-print';

/** What loggers, error trackers and test runners make of an object. */
function printed(object: object): string {
  return `${JSON.stringify(object)}\n${inspect(object, { depth: Infinity, showHidden: true, getters: true })}`;
}

const codec = Object.assign({ encode, decode: encode }, { key: CANARY });
const connection = Connection.lazy({
  address: '127.0.0.1:1',
  apiKey: CANARY,
  metadata: { 'x-tenant': CANARY },
  tls: true,
});
const podkeeper = new Podkeeper({
  client: new Client({
    connection,
    dataConverter: { payloadCodecs: [codec] },
  }),
  deployment: 'test',
  tokenSecret: CANARY,
});
const pod = podkeeper.get('a');
const runpod = createProvider({ provider: 'runpod', environment: { RUNPOD_API_KEY: CANARY } }, GPU_CATALOGUE);
afterAll(async () => {
  await runpod.close?.();
  await connection.close();
});

function encode<T>(payloads: T[]): Promise<T[]> {
  return Promise.resolve(payloads);
}

test('nothing that prints PodkeeperWorker prints a key', async () => {
  const worker = await workerMade({
    tokenSecret: CANARY,
    workflowBundle: { codePath: 'b.js' },
    dataConverter: { payloadCodecs: [codec] },
  });

  expect(printed(worker)).not.toContain(CANARY);
});

test.each<[string, object]>([
  ['Podkeeper', podkeeper],
  ['PodHandle', pod],
  ['KeepAlive', stopped()],
  ['TokenSecrets', TokenSecrets.parse(CANARY)],
  ['a provider', runpod],
  ['Account', new Account('cloud', runpod)],
  ['HttpClient', new HttpClient({ baseUrl: 'http://127.0.0.1:1', headers: () => ({ authorization: CANARY }) })],
])('nothing that prints %s prints a key', (_name, object) => {
  expect(printed(object)).not.toContain(CANARY);
});

/** Of a handle that holds a key, and whose touch is never answered. */
function stopped(): KeepAlive {
  const never = async () => await new Promise<never>(() => undefined);
  const touchable = Object.assign({ id: 'a', touch: never, info: never }, { key: CANARY });
  const kept = new KeepAlive(touchable, { everyMs: 1 }, REAL_TIME);
  kept.stop();
  return kept;
}
