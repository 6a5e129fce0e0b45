import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/client';
import { Podkeeper } from '../../src/client';
import { EncodingCheck, encodingOf } from '../../src/client/encoding';
import { readIdentity, workerIdentity } from '../../src/client/workerIdentity';
import { isUnreadable, unreadableAnswer } from '../../src/client/unreadable';

type Codec = NonNullable<DataConverter['payloadCodecs']>[number];

/** Writes everything as one encoding. */
function codecOf(encoding: string, failures: Error[] = []): Codec {
  return {
    encode: async (payloads) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return await Promise.resolve(
        payloads.map(({ data }) => ({ metadata: { encoding: Buffer.from(encoding) }, data: data ?? null })),
      );
    },
    decode: async (payloads) => await Promise.resolve(payloads),
  };
}

/** A client of a Temporal that is asked for pollers alone. */
function clientOf(codecs: Codec[], pollers: () => readonly string[]) {
  let asked = 0;
  const startWorkflowExecution = jest.fn();
  const describeTaskQueue = async () => {
    asked += 1;
    const lastAccessTime = { seconds: Date.now() / 1_000 };
    return await Promise.resolve({ pollers: pollers().map((identity) => ({ identity, lastAccessTime })) });
  };
  const connection = {
    workflowService: { describeTaskQueue, startWorkflowExecution },
    plugins: [],
    withDeadline: async (_deadline: number, ask: () => Promise<unknown>) => await ask(),
  };
  const client = new Client({ connection: connection as never, dataConverter: { payloadCodecs: codecs } });
  return { client, asked: () => asked, started: startWorkflowExecution };
}

const check = (codecs: Codec[], pollers: readonly string[]) =>
  new EncodingCheck(clientOf(codecs, () => pollers).client, 'test').pass();
const secret = codecOf('binary/encrypted');
const PLAIN = '17@render-3';
const SECRET = '18@render-3 (binary/encrypted)';
const refused = expect.objectContaining({ kind: 'validation', refused: true });

test('the encoding of a client is that of its last codec', async () => {
  const encoding = async (...codecs: Codec[]) => await encodingOf(clientOf(codecs, () => []).client);
  expect(await encoding()).toBe('json/plain');
  expect(await encoding(secret)).toBe('binary/encrypted');
  expect(await encoding(codecOf('binary/zlib'), secret)).toBe('binary/encrypted');
});

test('a worker’s identity has its encoding and its host', () => {
  const host = readIdentity(workerIdentity('json/plain')).host;
  expect(readIdentity(workerIdentity('binary/encrypted'))).toEqual({ host, encoding: 'binary/encrypted' });
  expect(workerIdentity('json/plain')).not.toContain('(');
  expect(readIdentity('17@render-3')).toEqual({ host: 'render-3', encoding: 'json/plain' });
  expect(readIdentity('')).toEqual({ host: '', encoding: 'json/plain' });
});

describe('before a spawn', () => {
  test('a worker with the client’s encoding passes, also beside others', async () => {
    expect(await check([], [PLAIN])).toBe('json/plain');
    expect(await check([secret], [SECRET])).toBe('binary/encrypted');
    expect(await check([secret], [PLAIN, SECRET])).toBe('binary/encrypted');
  });

  test('the check passes without workers, and without an answer from Temporal', async () => {
    expect(await check([secret], [])).toBe('binary/encrypted');
    const down = clientOf([], () => {
      throw new Error('not implemented');
    });
    expect(await new EncodingCheck(down.client, 'test').pass()).toBe('json/plain');
  });

  test('a codec that only workers or only the client has is refused', async () => {
    await expect(check([], [SECRET])).rejects.toEqual(refused);
    await expect(check([secret], [PLAIN])).rejects.toEqual(refused);
    await expect(check([codecOf('binary/zlib')], [SECRET])).rejects.toThrow('--codec-module');
  });

  test('a passed check is not repeated; a failed one is', async () => {
    let pollers = [PLAIN];
    const { client, asked } = clientOf([secret], () => pollers);
    const encoding = new EncodingCheck(client, 'test');
    await expect(encoding.pass()).rejects.toEqual(refused);
    await expect(encoding.pass()).rejects.toEqual(refused);
    pollers = [SECRET];
    await encoding.pass();
    await encoding.pass();
    expect(asked()).toBe(3);
  });

  test('the check is repeated after a codec has failed', async () => {
    const { client } = clientOf([codecOf('binary/encrypted', [new Error('the codec server is down')])], () => [SECRET]);
    const encoding = new EncodingCheck(client, 'test');
    await expect(encoding.pass()).rejects.toThrow('the codec server is down');
    expect(await encoding.pass()).toBe('binary/encrypted');
  });
});

test('spawn and plan start nothing that the workers could not read', async () => {
  const { client, started } = clientOf([], () => [SECRET]);
  const podkeeper = new Podkeeper({ client, deployment: 'test' });
  await expect(podkeeper.spawn({ id: 'a', command: ['true'] })).rejects.toEqual(refused);
  await expect(podkeeper.plan({ id: 'a', command: ['true'] })).rejects.toEqual(refused);
  expect(started).not.toHaveBeenCalled();
});

test('an unknown encoding is reported as a missing codec', () => {
  const error = unreadableAnswer(new Error('Unknown encoding: binary/encrypted'));
  expect(error).toMatchObject({ kind: 'unsupported', message: expect.stringContaining('binary/encrypted') });
  expect(isUnreadable(error)).toBe(true);
  expect(unreadableAnswer(new Error('something else'))).toBeUndefined();
  expect(unreadableAnswer(undefined)).toBeUndefined();
});
