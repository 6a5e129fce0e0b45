import { getEventListeners } from 'node:events';
import { longCall } from '../../src/client/longCall';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** As the SDK's client: each poll adds a listener to the signal, and none is removed. The call answers at the poll so many. */
function polling(lastPoll: number) {
  const signals = new Set<AbortSignal>();
  let current: AbortSignal | undefined;
  let polls = 0;
  const client = {
    withAbortSignal: async <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> => {
      signals.add(signal);
      current = signal;
      return await call();
    },
  };
  const call = async (): Promise<string> => {
    for (;;) {
      await new Promise<void>((resolve, reject) => {
        current?.addEventListener('abort', () => reject(new Error('Cancelled on client')));
        setTimeout(resolve, 20_000);
      });
      polls += 1;
      if (polls === lastPoll) return 'the answer';
    }
  };
  return { client, call, signals };
}

test('a call that lasts a day is answered, and no signal collects its listeners', async () => {
  const { client, call, signals } = polling(4_320);
  const over = new AbortController();
  const answer = longCall(client, over.signal, call);
  await jest.advanceTimersByTimeAsync(25 * 3_600_000);

  expect(await answer).toBe('the answer');
  expect(Math.max(...[...signals].map((signal) => getEventListeners(signal, 'abort').length))).toBeLessThan(40);
  expect(getEventListeners(over.signal, 'abort')).toEqual([]);
});

test('an aborted call ends', async () => {
  const { client, call } = polling(Infinity);
  const over = new AbortController();
  const answer = longCall(client, over.signal, call);
  const message = answer.catch(({ message: said }: Error) => said);
  await jest.advanceTimersByTimeAsync(3_600_000);
  over.abort();

  expect(await message).toBe('Cancelled on client');
});

test('a failed call throws its error', async () => {
  const { client } = polling(1);
  const call = async () => await Promise.reject(new Error('no such claim'));

  await expect(longCall(client, new AbortController().signal, call)).rejects.toThrow('no such claim');
});
