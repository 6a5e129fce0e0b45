import { serverSentEvents } from '../../src/http';
import type { ServerSentEvent, ServerSentEventOptions } from '../../src/http';
import { rejection } from './calls';

async function* chunksOf(parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function read(
  parts: readonly (string | Uint8Array)[],
  options: ServerSentEventOptions = {},
): Promise<Partial<ServerSentEvent>[]> {
  const events: Partial<ServerSentEvent>[] = [];
  for await (const event of serverSentEvents(chunksOf(parts), options)) events.push(event);
  return events;
}

test('an event with all fields, and one with data only', async () => {
  expect(await read(['event: log\ndata: {"line":1}\nid: 7\nretry: 500\n\ndata:x\n\n'])).toEqual([
    { event: 'log', data: '{"line":1}', id: '7', retryMs: 500 },
    { event: 'message', data: 'x', id: '7', retryMs: 500 },
  ]);
});

test.each([
  ['LF', '\n'],
  ['CR', '\r'],
  ['CRLF', '\r\n'],
])('lines that end with %s, whole and byte by byte', async (_name, end) => {
  const text = ['data: a', 'data: b', '', 'data: c', '', ''].join(end);
  const expected = ['a\nb', 'c'];
  expect((await read([text])).map(({ data }) => data)).toEqual(expected);
  expect((await read(Array.from(text))).map(({ data }) => data)).toEqual(expected);
});

test('CR and LF in two chunks end one line', async () => {
  expect((await read(['data: a\r', '\ndata: b\r', '\n\r', '\n'])).map(({ data }) => data)).toEqual(['a\nb']);
});

test('characters that are split between chunks', async () => {
  const bytes = Buffer.from('data: ü😀漢\nid: é\n\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual([
      { event: 'message', data: 'ü😀漢', id: 'é', retryMs: undefined },
    ]);
  }
});

test('invalid UTF-8 becomes replacement characters', async () => {
  expect((await read([Buffer.from([...Buffer.from('data: '), 0xff, 0x0a, 0x0a])])).map(({ data }) => data)).toEqual([
    '\uFFFD',
  ]);
});

test.each<[string, string, string[]]>([
  ['comments', ': hello\ndata: a\n:\n\n: bye\n\n', ['a']],
  ['a field without a colon', 'data\n\n', ['']],
  ['an empty line of data', 'data: a\ndata:\ndata: b\n\n', ['a\n\nb']],
  ['only the first blank is dropped', 'data:  a\n\n', [' a']],
  ['colons in data', 'data: a:b: c\n\n', ['a:b: c']],
  ['unknown fields, and fields in capitals', 'foo: x\nDATA: y\ndata : z\ndata: a\n\n', ['a']],
  ['an event without data', 'event: ping\nid: 1\n\ndata: a\n\n', ['a']],
  ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
  ['a byte order mark that is not first', 'data: a\n\n\uFEFFdata: b\n\n', ['a']],
  ['an event that is cut off', 'data: a\n\ndata: b\n', ['a']],
  ['a line that is cut off', 'data: a\n\ndata: b', ['a']],
  ['nothing', '', []],
  ['only ends of lines', '\n\r\n\r\r', []],
])('%s', async (_what, text, expected) => {
  expect((await read([text])).map(({ data }) => data)).toEqual(expected);
});

test('the name of an event applies to that one only', async () => {
  expect((await read(['event: a\ndata: 1\n\ndata: 2\n\nevent: b\n\ndata: 3\n\n'])).map(({ event }) => event)).toEqual([
    'a',
    'message',
    'message',
  ]);
});

describe('ids', () => {
  test('last until the next; an empty one clears them; one with a NUL is ignored', async () => {
    const text = 'id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n';
    expect((await read([text])).map(({ id }) => id)).toEqual(['1', '1', '1', undefined]);
  });

  test('an event without data passes its id on', async () => {
    expect((await read(['id: 5\n\ndata: a\n\n'])).map(({ id }) => id)).toEqual(['5']);
  });

  test('continue from where the stream was resumed', async () => {
    expect((await read(['data: a\n\nid: 9\ndata: b\n\n'], { lastEventId: '8' })).map(({ id }) => id)).toEqual([
      '8',
      '9',
    ]);
  });
});

test('an invalid time to wait is ignored', async () => {
  const text = 'retry: 1.5\nretry: -1\nretry: x\nretry: 99999999999\ndata: a\n\nretry: 20\ndata: b\n\n';
  expect((await read([text])).map(({ retryMs }) => retryMs)).toEqual([undefined, 20]);
});

describe('limits', () => {
  test('of a line, in however many chunks', async () => {
    expect(await read(['data: 1234\n\n'], { maxLineBytes: 10 })).toHaveLength(1);
    expect(await rejection(read(['data: 12345\n\n'], { maxLineBytes: 10 }))).toMatchObject({ kind: 'provider' });
    const endless = Array.from({ length: 1_000 }, () => 'canary');
    const error = await rejection(read(endless, { maxLineBytes: 100 }));
    expect(error).toMatchObject({ kind: 'provider', message: expect.not.stringContaining('canary') });
  });

  test('of an event', async () => {
    expect(await read(['data: 1\ndata: 2\n\ndata: 3\n\n'], { maxEventLength: 4 })).toHaveLength(2);
    expect(await rejection(read(['data: 1\ndata: 2\ndata: 3\n\n'], { maxEventLength: 5 }))).toMatchObject({
      kind: 'provider',
    });
  });

  test('a reader that leaves, and a line that is too long, end the body', async () => {
    let isEnded = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('data: a\n\n');
      } finally {
        isEnded += 1;
      }
    }
    for await (const event of serverSentEvents(endless())) {
      expect(event.data).toBe('a');
      break;
    }
    expect(isEnded).toBe(1);
    await rejection(read([], {}).then(async () => await serverSentEvents(endless(), { maxLineBytes: 2 }).next()));
    expect(isEnded).toBe(2);
  });
});
