import { ByteQueue } from '../../src/http/reply';
import { rejection } from './calls';

const LARGE = 300_000;

function queue() {
  const flow = { pause: jest.fn(), resume: jest.fn(), cancel: jest.fn() };
  const bytes = new ByteQueue(flow);
  return { bytes, flow, chunks: bytes[Symbol.asyncIterator]() };
}

test('queued bytes are read before the error', async () => {
  const { bytes, chunks } = queue();
  bytes.push(Buffer.from('a'));
  bytes.push(Buffer.from('b'));
  bytes.end({ error: new Error('reset') });
  expect([(await chunks.next()).value, (await chunks.next()).value].join('')).toBe('ab');
  expect(await rejection(Promise.resolve(chunks.next()))).toMatchObject({ message: 'reset' });
});

test('an error can be any value, and the first end counts', async () => {
  const { bytes, chunks } = queue();
  bytes.end({ error: undefined });
  bytes.end();
  expect(await rejection(Promise.resolve(chunks.next()))).toBeUndefined();
});

test('bytes and the end wake a waiting reader', async () => {
  const { bytes, chunks } = queue();
  const first = chunks.next();
  bytes.push(Buffer.from('a'));
  expect(String((await first).value)).toBe('a');
  const second = chunks.next();
  bytes.end();
  expect((await second).done).toBe(true);
});

test('pauses the sender once, and resumes it when all is read', async () => {
  const { bytes, chunks, flow } = queue();
  bytes.push(Buffer.alloc(LARGE));
  bytes.push(Buffer.alloc(LARGE));
  expect(flow.pause).toHaveBeenCalledTimes(1);
  await chunks.next();
  expect(flow.resume).not.toHaveBeenCalled();
  await chunks.next();
  expect(flow.resume).toHaveBeenCalledTimes(1);
});

test.each(['leaves', 'reads to the end'])('reports a reader that %s', async (how) => {
  const { bytes, flow } = queue();
  bytes.push(Buffer.from('a'));
  if (how === 'reads to the end') bytes.end();
  for await (const chunk of bytes) {
    expect(String(chunk)).toBe('a');
    if (how === 'leaves') break;
  }
  expect(flow.cancel).toHaveBeenCalledTimes(1);
});
