import { PodkeeperError } from '../../src/model';
import { useAndEnd } from '../../src/client/usePod';
import type { PodUse, UsablePod } from '../../src/client/usePod';

const ENDLESS = new PodkeeperError('transport', 'no worker serves deployment prod');

/** A pod whose end goes well or not, and whose lease a test can lose. */
function podThat({ ends }: { ends: boolean }) {
  const calls: string[] = [];
  let lose: (error: unknown) => void = () => undefined;
  const pod: UsablePod = {
    healthy: async ({ signal }) => {
      signal?.throwIfAborted();
      return await Promise.resolve({ id: 'p', name: 'pk-a', endpoints: [], hourlyPrice: null });
    },
    keepAlive: ({ onLost = () => undefined }) => {
      lose = onLost;
      return { stop: () => void calls.push('stop') };
    },
    terminate: async () => {
      calls.push('terminate');
      if (!ends) throw ENDLESS;
      await Promise.resolve();
    },
  };
  return { pod, calls, lose: (error: unknown) => lose(error) };
}

async function used(
  use: (pod: UsablePod, context: PodUse) => Promise<unknown>,
  { ends = true, pod = podThat({ ends }).pod, signal = undefined as AbortSignal | undefined } = {},
): Promise<{ value?: unknown; thrown?: unknown; warned: unknown[] }> {
  const warned: unknown[] = [];
  const warn = (error: unknown) => void warned.push(error);
  return await useAndEnd(pod, use, { signal, warn }).then(
    (value) => ({ value, warned }),
    (thrown: unknown) => ({ thrown, warned }),
  );
}

test('the lease is kept during the use, then the pod is ended', async () => {
  const { pod, calls } = podThat({ ends: true });
  const use = async () => {
    calls.push('use');
    return await Promise.resolve(42);
  };
  expect(await used(use, { pod })).toEqual({ value: 42, warned: [] });
  expect(calls).toEqual(['use', 'stop', 'terminate']);
});

test('an error of the use is thrown, with the failure of the end as its cause', async () => {
  const mine = new Error('the model did not converge');
  const { thrown, warned } = await used(async () => await Promise.reject(mine), { ends: false });
  expect(thrown).toBe(mine);
  expect(mine.cause).toBe(ENDLESS);
  expect(warned).toEqual([]);
});

test('existing causes are kept, and the failure of the end follows them', async () => {
  const reason = new Error('NaN');
  const mine = new Error('the model did not converge', { cause: reason });
  const { thrown } = await used(async () => await Promise.reject(mine), { ends: false });
  expect(thrown).toBe(mine);
  expect(mine.cause).toBe(reason);
  expect(reason.cause).toBe(ENDLESS);
});

const looped = new Error('a loop');
looped.cause = looped;
test.each([
  ['a string', 'gave up'],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['an error that is its own cause', looped],
])('%s is thrown unchanged, and the failure of the end is a warning', async (_what, mine) => {
  // oxlint-disable-next-line prefer-promise-reject-errors -- what users throw needn't be an error
  const { thrown, warned } = await used(async () => await Promise.reject(mine), { ends: false });
  expect(thrown).toBe(mine);
  expect(warned).toEqual([ENDLESS]);
});

test('a failure of the end alone is thrown', async () => {
  expect((await used(async () => await Promise.resolve(), { ends: false })).thrown).toBe(ENDLESS);
});

test('a lost lease aborts the signal, with its reason', async () => {
  const { pod, lose } = podThat({ ends: true });
  const over = new PodkeeperError('conflict', 'the claim is ending');
  const { value } = await used(
    async (_pod, { signal }) => {
      lose(over);
      return await Promise.resolve(signal.aborted && signal.reason);
    },
    { pod },
  );
  expect(value).toBe(over);
});

test('a signal that aborts before the pod is healthy ends it unused', async () => {
  const { pod, calls } = podThat({ ends: true });
  const reason = new Error('Ctrl-C');
  const use = async () => await Promise.reject(new Error('used'));
  const { thrown } = await used(use, { pod, signal: AbortSignal.abort(reason) });
  expect(thrown).toBe(reason);
  expect(calls).toEqual(['terminate']);
});
