import { AUTHORIZED, create, startCalled } from './caller';
import type { Called } from './caller';

interface Line {
  id: string;
  data: { ts: string; source: string; line: string };
}

/** Reads the given number of lines of a stream, or all until its end. */
async function read(called: Called, path: string, most: number, headers: Record<string, string> = {}): Promise<Line[]> {
  const left = new AbortController();
  const answer = await fetch(`${called.fake.url}/v2${path}`, {
    headers: { ...AUTHORIZED, ...headers },
    signal: left.signal,
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const lines: Line[] = [];
  let text = '';
  const decoder = new TextDecoder();
  const { body } = answer;
  if (body === null) throw new Error('a stream has a body');
  for await (const value of body) {
    text += decoder.decode(value, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    lines.push(...events.map(lineOf));
    if (lines.length >= most) break;
  }
  left.abort();
  return lines;
}

function lineOf(event: string): Line {
  const [id = '', data = ''] = event.split('\n');
  expect(id).toMatch(/^id: /);
  return { id: id.slice(4), data: JSON.parse(data.slice('data: '.length)) as Line['data'] };
}

async function writer(called: Called): Promise<string> {
  const id = await create(called);
  for (const line of ['one', 'two', 'three', 'four']) {
    called.fake.log(id, line, line === 'two' ? 'system' : 'container');
    if (line !== 'two') await called.clock.advance(1_000);
  }
  return id;
}

const textsOf = (lines: readonly Line[]) => lines.map(({ data }) => data.line);

test('the past comes first, as far back as is asked for, and of the source that is asked for', async () => {
  const called = await startCalled();
  const id = await writer(called);

  const all = await read(called, `/pods/${id}/logs`, 4);
  expect(textsOf(all)).toEqual(['one', 'two', 'three', 'four']);
  expect(all[1]).toEqual({
    id: '2030-01-01T00:00:01.000Z/000000000002',
    data: { ts: '2030-01-01T00:00:01.000Z', source: 'system', line: 'two' },
  });
  expect(textsOf(await read(called, `/pods/${id}/logs?tail=2`, 2))).toEqual(['three', 'four']);
  expect(textsOf(await read(called, `/pods/${id}/logs?source=system`, 1))).toEqual(['two']);
  expect(textsOf(await read(called, `/pods/${id}/logs?since=2030-01-01T00:00:02Z&tail=1`, 1))).toEqual(['four']);
});

test('a stream goes on behind the id that was read last, also among lines of the same time', async () => {
  const called = await startCalled();
  const id = await writer(called);
  const [, second] = await read(called, `/pods/${id}/logs`, 4);
  const headers = { 'last-event-id': second?.id ?? '' };

  expect(textsOf(await read(called, `/pods/${id}/logs?tail=0&since=2030-01-01T00:00:00Z`, 2, headers))).toEqual([
    'three',
    'four',
  ]);
});

test('new lines come while the stream is open, and it ends with its pod', async () => {
  const called = await startCalled();
  const id = await writer(called);
  const reading = read(called, `/pods/${id}/logs?tail=0`, Infinity);
  while (called.fake.requests()[1]?.status !== 200) await new Promise(setImmediate);
  called.fake.log(id, 'five');
  called.fake.log(id, 'six');
  await called.ask('DELETE', `/pods/${id}`);

  expect(textsOf(await reading)).toEqual(['five', 'six']);
});

test.each([
  ['source=kernel', {}],
  ['tail=5001', {}],
  ['tail=-1', {}],
  ['since=yesterday', {}],
  ['', { 'last-event-id': 'abc' }],
])('a query %s with %j is 422', async (query, headers) => {
  const called = await startCalled();
  const id = await create(called);

  expect(
    await called.ask('GET', `/pods/${id}/logs?${query}`, undefined, { headers: { ...AUTHORIZED, ...headers } }),
  ).toMatchObject({ status: 422 });
});

test('a pod that there is not has no logs', async () => {
  const { ask } = await startCalled();

  expect(await ask('GET', '/pods/none/logs')).toMatchObject({ status: 404 });
});
