import { statSync, writeFileSync } from 'node:fs';
import type { LogLine, LogOptions } from '../../../src/providers/contract';
import { OUTPUT_FILE_BYTES } from '../../../src/providers/local/output';
import { LocalPods, context, failure, living, script, SLEEP } from './localPods';
import { until } from '../../support/until';

const pods = new LocalPods();

async function* logs(id: string, options: LogOptions = {}, signal = new AbortController().signal) {
  yield* pods.provider().logs?.(id, options, context({ signal })) ?? [];
}

async function all(id: string, options?: LogOptions): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of logs(id, options)) lines.push(line);
  return lines;
}

test('a pod that has ended is read to its last word', async () => {
  const pod = await pods.spawn({ command: ['sh', '-c', 'echo out; echo err >&2; printf last'] });
  await until('it has ended', async () => (await pods.statusOf(pod.id)) === 'terminated');

  const lines = await all(pod.id);
  expect(lines.map(({ text }) => text)).toEqual(['out', 'err', 'last']);
  expect(lines[0]).toEqual({ source: 'container', text: 'out', at: null, cursor: '4' });
  expect((await all(pod.id, { after: '4' })).map(({ text }) => text)).toEqual(['err', 'last']);
  expect((await all(pod.id, { tail: 1 })).map(({ text }) => text)).toEqual(['last']);
});

test('a pod that is followed tells each line when it is written, and its end ends it', async () => {
  const command = ['sh', '-c', 'echo ready; while [ ! -e go ]; do sleep 0.05; done; echo went; exit 0'];
  const pod = await pods.spawn({ command });
  const told: string[] = [];
  const following = (async () => {
    for await (const { text } of logs(pod.id)) told.push(text);
  })();
  await until('the first line is told', () => told.length > 0);
  expect(told).toEqual(['ready']);
  await pods.spawn({ command: ['touch', pods.file(pod.id, 'work/go')] });
  await following;

  expect(told).toEqual(['ready', 'went']);
});

test('a line without an end is shown after a moment, and the next one goes on with it', async () => {
  const command = script(`
    const { existsSync, writeSync } = require('node:fs');
    writeSync(1, 'loading\\n\\rstep 1 \\u20ac');
    writeSync(1, Buffer.from([0xe2, 0x82]));
    const timer = setInterval(() => {
      if (!existsSync('go')) return;
      writeSync(1, Buffer.concat([Buffer.from([0xac]), Buffer.from(' done\\r\\n')]));
      clearInterval(timer);
    }, 50);
  `);
  const pod = await pods.spawn({ command });
  const told: LogLine[] = [];
  const following = (async () => {
    for await (const line of logs(pod.id)) told.push(line);
  })();
  await until('what there is of the line is shown', () => told.length === 2);
  expect(told.map(({ text, isPartial }) => [text, isPartial])).toEqual([
    ['loading', undefined],
    ['\rstep 1 €', true],
  ]);
  writeFileSync(pods.file(pod.id, 'work/go'), '');
  await following;
  expect(told.slice(2).map(({ text, isPartial }) => [text, isPartial])).toEqual([['€ done', undefined]]);
  const [resumed] = await all(pod.id, { after: told[1]?.cursor, follow: false });
  expect(resumed).toEqual(told[2]);
});

test('the signal ends the following of a silent pod', async () => {
  const pod = await pods.spawn({ command: SLEEP });
  const abort = new AbortController();
  const following = (async () => {
    for await (const line of logs(pod.id, {}, abort.signal)) throw new Error(`it said ${line.text}`);
  })();
  abort.abort();
  await following.catch((error: unknown) => expect(error).toMatchObject({ kind: 'timeout' }));
  await pods.terminate(pod.id);
});

test('a pod whose launcher was killed with it is followed to its end, too', async () => {
  const pod = await pods.spawn({ command: ['sh', '-c', 'echo alone; exec sleep 100000'] });
  const told: string[] = [];
  const following = (async () => {
    for await (const { text } of logs(pod.id)) told.push(text);
  })();
  await until('the line is told', () => told.length > 0);
  process.kill((await pods.launcher(pod.name)).pid, 'SIGKILL');
  for (const { pid } of await living(pod.name)) process.kill(pid, 'SIGKILL');
  await following;

  expect(told).toEqual(['alone']);
});

test('what the launcher says is the system’s word', async () => {
  const pod = await pods.spawn({ notAfter: new Date(Date.now() + 3_000).toISOString() });
  const lines = await all(pod.id);

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ source: 'system', text: expect.stringContaining('at its deadline') as string });
});

test('the output of a pod that writes without end stays small, and is read in its order', async () => {
  const command = script(`
    const { writeSync } = require('node:fs');
    let number = 0;
    const write = () => {
      let text = '';
      for (const end = number + 20_000; number < end; number += 1) text += String(number).padStart(49) + '\\n';
      for (let at = 0; at < text.length; ) at += writeSync(1, text.slice(at));
      if (number < 400_000) setTimeout(write, 150);
    };
    write();
  `);
  const pod = await pods.spawn({ command });
  const told: number[] = [];
  for await (const { text, source } of logs(pod.id, { tail: 100 })) if (source === 'container') told.push(Number(text));
  const kept = (await all(pod.id, { follow: false, tail: 1_000_000 })).map(({ text }) => Number(text));

  for (const file of ['output.log', 'output.old.log']) {
    // Plus what is written during the copy: on a busy machine one or two bursts of 1 MB.
    expect(statSync(pods.file(pod.id, file)).size).toBeLessThanOrEqual(1.5 * OUTPUT_FILE_BYTES);
  }
  // The first kept line may be incomplete.
  for (const numbers of [told.slice(1), kept.slice(1)]) {
    expect(numbers.length * 50).toBeGreaterThan(OUTPUT_FILE_BYTES / 2);
    expect(numbers.findIndex((number, index) => !(number > (numbers[index - 1] ?? -1)))).toBe(-1);
    expect(numbers.at(-1)).toBe(399_999);
  }
}, 180_000);

test('what is not there is told', async () => {
  const never = pods.name();
  expect(await failure(all(never))).toMatchObject({ kind: 'not_found' });
  expect(await failure(all('../..'))).toMatchObject({ kind: 'not_found' });

  const pod = await pods.spawn();
  const elsewhere = pods.provider({ directory: `${pods.directory}-other` });
  const read = elsewhere.logs?.(pod.id, {}, context());
  expect(await failure((async () => read?.[Symbol.asyncIterator]().next())())).toMatchObject({
    kind: 'provider',
    message: expect.stringContaining(`its output is not under ${pods.directory}-other`) as string,
  });
  await pods.terminate(pod.id);
});
