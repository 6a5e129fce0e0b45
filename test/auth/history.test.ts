import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { podGuard, podSigningKey, podToken } from '../../src/auth';
import { Podkeeper } from '../../src/client';
import type { PodHandle } from '../../src/client';
import { DEFAULT_SETTINGS, PodkeeperError } from '../../src/model';
import { PodkeeperWorker } from '../../src/worker';
import { bundle, devServerAddress } from '../support/environment';
import { ScriptedProvider } from '../support/scriptedProvider';
import { OTHER_SECRET, SECRET } from './secrets';
import { listen } from '../support/listening';

const QUICK = { bootPollMs: 200, bootSnapshotMs: 100, healthyPollMs: 500, healthySnapshotMs: 100, endBackoffMs: 200 };

/** All that the worker and the SDK said. */
const logged: string[] = [];

beforeAll(() => {
  const logger = new DefaultLogger('DEBUG', (entry) => logged.push(inspect(entry, { depth: 9 })));
  Runtime.install({ logger, shutdownSignals: [] });
});

/** What a pod leaves behind that others may read. */
interface Traces {
  history: Buffer;
  logs: string;
  pod: PodHandle;
  provider: ScriptedProvider;
  tokens: { token: string; key: string };
}

/** Lives a claim on a real server with a real worker, in a pod that guards its port; a create fails first, echoing what it was sent. */
async function live(
  auth: 'bearer' | 'signed_url',
  use: (pod: PodHandle, here: { client: Client; spawn: (id: string) => Promise<PodHandle> }) => Promise<void>,
): Promise<Traces> {
  logged.length = 0;
  const address = devServerAddress();
  const [connection, native] = [await Connection.connect({ address }), await NativeConnection.connect({ address })];
  const client = new Client({ connection });
  const provider = new ScriptedProvider();
  let answers = 0;
  const server = createServer((request, response) => {
    const guard = podGuard({ env: provider.requests.at(-1)?.env ?? {} });
    answers += 1;
    // The first look is turned away, so that a message about it is written.
    response.writeHead(answers > 1 && guard(request).ok ? 200 : 403).end();
  });
  const port = await listen(server);
  provider.meet('spawn', () => {
    const sent = JSON.stringify(provider.requests.at(-1));
    throw new PodkeeperError('no_capacity', `sold out for ${sent}`, { refused: true });
  });
  provider.always('spawn', ({ act }) => {
    act();
    const pod = provider.living.at(-1);
    pod?.endpoints.push({
      port: 8000,
      protocol: 'http',
      host: '127.0.0.1',
      externalPort: port,
      url: `http://127.0.0.1:${port}`,
    });
  });
  const deployment = `t${randomUUID().slice(0, 7)}`;
  const tokenSecret = `2:${SECRET},1:${OTHER_SECRET}`;
  try {
    const worker = await PodkeeperWorker.create({
      reaper: false,
      connection: native,
      deployment,
      accounts: { main: provider },
      settings: { ...DEFAULT_SETTINGS, ...QUICK, createBackoffMs: 100 },
      tokenSecret,
      workflowBundle: bundle(),
    });
    const podkeeper = new Podkeeper({ client, deployment, tokenSecret });
    return await worker.runUntil(async () => {
      const health = { http: { port: 8000, path: '/health?full=1' } };
      const spawn = async (id: string) => await podkeeper.spawn({ id, auth, ports: ['8000/http'], health });
      const pod = await spawn('guarded');
      await pod.healthy();
      await use(pod, { client, spawn });
      const name = provider.living[0]?.name ?? '';
      await pod.terminate();
      await expect(pod.token()).rejects.toMatchObject({ kind: 'conflict' });
      const fetched = await client.workflow.getHandle(pod.workflowId).fetchHistory();
      const history = Buffer.from(temporal.api.history.v1.History.encode(fetched).finish());
      const described = await client.workflow.getHandle(pod.workflowId).describe();
      const tokens = { token: podToken(SECRET, name), key: podSigningKey(SECRET, name) };
      return {
        history: Buffer.concat([history, Buffer.from(inspect(described, { depth: 12 }))]),
        logs: logged.join('\n'),
        pod,
        provider,
        tokens,
      };
    });
  } finally {
    server.close();
    await native.close();
    await connection.close();
  }
}

/** Which of these values stand in some bytes: as they are, in base64, or in hexadecimal digits. */
function found(bytes: Buffer, values: Record<string, string>): string[] {
  const text = bytes.toString('latin1');
  return Object.entries(values).flatMap(([name, value]) => {
    const raw = Buffer.from(value);
    const forms = [value, raw.toString('hex'), raw.toString('base64').slice(4, -4), value.slice(0, 20)];
    return forms.some((form) => text.includes(form)) ? [name] : [];
  });
}

test('a pod whose workflow was terminated gets no token, though the workflow still answers', async () => {
  await live('bearer', async (_, { client, spawn }) => {
    const pod = await spawn('cut-off');
    await pod.healthy();
    await client.workflow.getHandle(pod.workflowId).terminate();
    await expect(pod.token()).rejects.toMatchObject({
      kind: 'conflict',
    });
  });
}, 60_000);

test.each(['bearer', 'signed_url'] as const)(
  '%s: neither token, key nor secret is in the history, the description or the logs',
  async (auth) => {
    const seen: string[] = [];
    const { history, logs, provider, tokens } = await live(auth, async (pod) => {
      if (auth === 'bearer') {
        seen.push(await pod.token(), await pod.authorization());
        await expect(pod.signUrl('/x')).rejects.toMatchObject({ kind: 'validation' });
      } else {
        seen.push(await pod.signUrl('/x', { method: 'POST' }));
        await expect(pod.token()).rejects.toMatchObject({ kind: 'validation' });
      }
    });
    // What the pod was given and what the application derived are the same.
    const { env = {} } = provider.requests.at(-1) ?? {};
    expect(provider.requests).toHaveLength(2);
    if (auth === 'bearer') {
      expect(env).toMatchObject({ PODKEEPER_TOKEN: tokens.token });
      expect(seen).toEqual([tokens.token, `Bearer ${tokens.token}`]);
    } else {
      expect(env).toMatchObject({ PODKEEPER_SIGNING_KEY: tokens.key, PODKEEPER_SIGNING_KEY_VERSION: '2' });
      expect(seen[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/x\?pk_expires=\d+&pk_claim=guarded&pk_key=2&pk_signature=/);
    }
    const first = Object.values(provider.requests[0]?.env ?? {}).find((value) => value.length === 43) ?? '';
    const values = { ...tokens, first, secret: SECRET, old: OTHER_SECRET, signature: 'pk_signature' };
    expect(first).toHaveLength(43);
    expect(history.length).toBeGreaterThan(2_000);
    expect(history.includes('sold out for')).toBe(true);
    expect(history.includes('answered 403')).toBe(true);
    expect(found(history, values)).toEqual([]);
    expect(logs.length).toBeGreaterThan(100);
    expect(found(Buffer.from(logs), values)).toEqual([]);
    // The scanner would have found each.
    for (const [name, value] of Object.entries(values)) {
      expect(found(Buffer.concat([history, Buffer.from(value)]), { [name]: value })).toEqual([name]);
      expect(
        found(Buffer.concat([history, Buffer.from(Buffer.from(value).toString('hex'))]), { [name]: value }),
      ).toEqual([name]);
    }
  },
  60_000,
);
