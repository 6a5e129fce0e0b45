import { setImmediate as laterTurn } from 'node:timers/promises';
import { Interrupted } from '../../src/cli/failure';
import { untilStopSignal } from '../../src/cli/signals';

const stopped = (signal: NodeJS.Signals) => new Interrupted(signal, 'stopped');

test('work whose last write meets a closed pipe counts as stopped, although Node says so later', async () => {
  const gone = new AbortController();
  const write = () => process.nextTick(() => gone.abort());
  await expect(untilStopSignal(stopped, async () => write(), gone.signal)).rejects.toMatchObject({ signal: 'SIGPIPE' });
});

test('work that ends before its reader goes returns its value', async () => {
  const gone = new AbortController();
  expect(await untilStopSignal(stopped, async () => 'done', gone.signal)).toBe('done');
  gone.abort();
  await laterTurn();
});
