import type { ServerResponse } from 'node:http';
import type { LogLine, LogOptions } from '../../../src/providers/contract';
import { isPodkeeperError } from '../../../src/model';
import { problem, wirePod, withStandIn } from './standIn';
import type { Answer, Seen } from './standIn';

interface Written {
  id?: string;
  ts?: string;
  line?: string;
  source?: string;
}

function event({ id, ...data }: Written): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function at(second: number, line: string, source = 'container'): Written {
  const ts = `2026-11-20T10:00:0${second}Z`;
  return { id: ts, ts, line, source };
}

/** Streams lines, then ends normally, by a reset, or not at all. */
function stream(lines: readonly Written[], end: 'end' | 'break' | 'never' = 'end'): Answer {
  return (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`: hello\n\n${lines.map(event).join('')}`, () => {
      if (end === 'end') response.end();
      if (end === 'break') response.socket?.destroy();
    });
  };
}

interface Outcome {
  lines: LogLine[];
  error: unknown;
  seen: Seen[];
}

async function read(answers: readonly Answer[], options: LogOptions = {}, most = Infinity): Promise<Outcome> {
  return await withStandIn(answers, async ({ provider, seen }) => {
    const abort = new AbortController();
    const lines: LogLine[] = [];
    try {
      for await (const line of provider.logs?.('abc123', options, { signal: abort.signal }) ?? []) {
        lines.push(line);
        if (lines.length === most) abort.abort();
      }
      return { lines, error: undefined, seen };
    } catch (error) {
      return { lines, error, seen };
    }
  });
}

const ENDED: Answer = { json: wirePod({ status: 'EXITED' }) };

test.each([true, false])(
  'a page where the stream should be is an error, not a log without lines (follow: %p)',
  async (follow) => {
    const page: Answer = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<!doctype html><title>Sign in</title>');
    };
    const { lines, error } = await read([page, ENDED], { follow });
    expect(lines).toEqual([]);
    expect(error).toMatchObject({ kind: 'provider', message: expect.stringContaining('text/html') as string });
  },
);

test('lines as they come, until the pod has ended', async () => {
  const { lines, error, seen } = await read([stream([at(1, 'pulling', 'system'), at(2, 'Größe: 3')]), ENDED]);

  expect(error).toBeUndefined();
  expect(lines).toEqual([
    { source: 'system', text: 'pulling', at: '2026-11-20T10:00:01Z', cursor: '2026-11-20T10:00:01Z' },
    { source: 'container', text: 'Größe: 3', at: '2026-11-20T10:00:02Z', cursor: '2026-11-20T10:00:02Z' },
  ]);
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /pods/abc123/logs', 'GET /pods/abc123']);
  expect(seen[0]?.query).toEqual({ tail: '100' });
  expect(seen[0]?.headers).toMatchObject({ accept: 'text/event-stream' });
});

test.each<[options: LogOptions, query: Record<string, string>, cursor: string | undefined]>([
  [{ tail: 7 }, { tail: '7' }, undefined],
  [{ tail: 0 }, { tail: '0' }, undefined],
  [{ tail: 99_999 }, { tail: '5000' }, undefined],
  [{ tail: -1 }, { tail: '0' }, undefined],
  [{ after: '2026-11-20T10:00:01Z/7', tail: 7 }, {}, '2026-11-20T10:00:01Z/7'],
])('%p asks from there', async (options, query, cursor) => {
  const { seen } = await read([stream([]), ENDED], options);

  expect(seen[0]?.query).toEqual(query);
  expect(seen[0]?.headers['last-event-id']).toBe(cursor);
});

test.each(['end', 'break'] as const)('goes on after a cut (%s) from the last line, each line once', async (how) => {
  const { lines, error, seen } = await read([
    stream([at(1, 'a'), at(2, 'b')], how),
    ...(how === 'end' ? [{ json: wirePod() }] : []),
    stream([at(2, 'b'), at(3, 'c')]),
    ENDED,
  ]);

  expect(error).toBeUndefined();
  expect(lines.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  expect(seen.filter(({ path }) => path.endsWith('/logs'))[1]?.headers['last-event-id']).toBe('2026-11-20T10:00:02Z');
});

test('lines of one moment are all read, also across a cut', async () => {
  const { lines } = await read([
    stream([at(1, 'a'), at(1, 'b')], 'break'),
    stream([at(1, 'a'), at(1, 'b'), at(1, 'c'), at(1, 'b')]),
    ENDED,
  ]);

  expect(lines.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'b']);
});

test('what a caller has read already does not come again', async () => {
  const after = '2026-11-20T10:00:01Z';
  const { lines } = await read([stream([at(1, 'a'), at(1, 'b'), at(2, 'c')]), ENDED], { after });

  expect(lines.map(({ text }) => text)).toEqual(['c']);
});

test.each<[what: string, answers: Answer[]]>([
  ['the pod is gone meanwhile', [problem(404, 'pod not found')]],
  ['the pod has failed', [{ json: wirePod({ status: 'ERROR' }) }]],
  ['the pod is terminated', [{ json: wirePod({ status: 'TERMINATED' }) }]],
])('ends where %s', async (_what, answers) => {
  const { lines, error } = await read([stream([at(1, 'a')]), ...answers]);

  expect(error).toBeUndefined();
  expect(lines).toHaveLength(1);
});

test('a moment of trouble while it reconnects is waited out', async () => {
  const { lines, error } = await read([
    stream([at(1, 'a')], 'break'),
    problem(502, 'bad gateway'),
    stream([at(2, 'b')]),
    ENDED,
  ]);

  expect(error).toBeUndefined();
  expect(lines.map(({ text }) => text)).toEqual(['a', 'b']);
});

test.each<[what: string, answers: Answer[], kind: string]>([
  ['there is no such pod', [problem(404, 'pod not found')], 'not_found'],
  ['the first read fails', [problem(500, 'oh')], 'provider'],
  ['the key is refused', [problem(401, 'bad key')], 'unauthorized'],
  ['the key is refused later', [stream([at(1, 'a')], 'break'), problem(401, 'bad key')], 'unauthorized'],
  ['a line is no JSON', [(response) => response.writeHead(200).end('data: oops\n\n'), ENDED], 'provider'],
])('rejects where %s', async (_what, answers, kind) => {
  const { error } = await read(answers, { follow: kind !== 'provider' });

  expect(isPodkeeperError(error) && error.kind).toBe(kind);
});

test('ends quietly with its signal', async () => {
  const { lines, error } = await read([stream([at(1, 'a')], 'never')], {}, 1);

  expect(error).toBeUndefined();
  expect(lines).toHaveLength(1);
});

test('what is no line is passed over, and a line without time and id has the cursor of the one before', async () => {
  const { lines } = await read([stream([at(1, 'a'), { source: 'ping' }, { line: 'b' }]), ENDED]);

  expect(lines.map(({ text, cursor, at: time }) => [text, cursor, time])).toEqual([
    ['a', '2026-11-20T10:00:01Z', '2026-11-20T10:00:01Z'],
    ['b', '2026-11-20T10:00:01Z', null],
  ]);
});

describe('without follow', () => {
  test('ends when the past falls silent, though the stream goes on', async () => {
    const { lines, error, seen } = await read([stream([at(1, 'a'), at(2, 'b')], 'never')], { follow: false });

    expect(error).toBeUndefined();
    expect(lines.map(({ text }) => text)).toEqual(['a', 'b']);
    expect(seen).toHaveLength(1);
  });

  test('ends at the first line of the present, of a pod that is never silent', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const { lines } = await read([stream([at(1, 'a'), { ts: later, line: 'now' }], 'never')], { follow: false });

    expect(lines.map(({ text }) => text)).toEqual(['a']);
  });

  test('rejects where the past is cut', async () => {
    const { lines, error } = await read([stream([at(1, 'a')], 'break')], { follow: false });

    expect(lines).toHaveLength(1);
    expect(isPodkeeperError(error) && error.kind).toBe('transport');
  });
});
