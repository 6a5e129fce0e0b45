import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { kindOf, providerCall } from '../../src/activities/providerCall';
import type { ProviderCall } from '../../src/activities/providerCall';
import { POLL_AGAIN, WALL_CLOCK } from '../../src/model';
import type { PollMemory, Settings } from '../../src/model';
import type { PodList } from '../../src/accounts';
import { MISSING } from '../model/sweeps';
import { until } from '../support/until';
import { settingsOf } from './fixtures';
import { answerOf, tryOnce } from './tries';

const LONG = 60_000;
const LIST: PodList = { pods: [], identity: 'acme', begunAt: 0, begun: { wall: 0, monotonic: 0 } };

function calling<T>(
  run: (call: ProviderCall) => Promise<T> | T,
  settings: Partial<Settings> = {},
  known: Partial<PollMemory> = {},
) {
  return () => providerCall(settingsOf(settings), WALL_CLOCK, async (call) => await run(call), known);
}

describe('heartbeats', () => {
  test('begin at once and go on while the call goes on', async () => {
    let beats = 0;
    const { heartbeats } = await tryOnce(
      calling(
        async (call) => {
          const beat = call.heartbeat.bind(call);
          jest.spyOn(call, 'heartbeat').mockImplementation(() => {
            beats += 1;
            beat();
          });
          await until('three beats were counted', () => beats >= 3);
        },
        { heartbeatIntervalMs: 5 },
      ),
    );
    expect(heartbeats.length).toBeGreaterThanOrEqual(4);
  });

  test('come at the interval, not faster', async () => {
    const { heartbeats } = await tryOnce(
      calling(async () => await new Promise((resolve) => setTimeout(resolve, 30)), { heartbeatIntervalMs: LONG }),
    );
    expect(heartbeats).toHaveLength(2);
  });

  test('go on after a cancellation: a create that was sent is still drained', async () => {
    let cancel = () => {};
    let beats = 0;
    const { answer } = await tryOnce(
      calling(
        async (call) => {
          cancel();
          const beat = call.heartbeat.bind(call);
          jest.spyOn(call, 'heartbeat').mockImplementation(() => {
            beat();
            beats += 1;
          });
          await until('two beats were counted after the cancellation', () => beats >= 2);
          return call.isCancelled;
        },
        { heartbeatIntervalMs: 5 },
      ),
      { started: (by) => (cancel = by) },
    );
    expect(answer).toBe(true);
  });

  test.each(['an answer', 'a failure'])('end with the call (%s)', async (end) => {
    const { heartbeats } = await tryOnce(
      calling(
        () => {
          if (end === 'a failure') throw ApplicationFailure.create({ message: 'hm' });
        },
        { heartbeatIntervalMs: 5 },
      ),
    );
    const counted = heartbeats.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(heartbeats).toHaveLength(counted);
  });

  test('say at the end what was learnt since the last one, also when the try fails', async () => {
    const { memory, failure } = await tryOnce(
      calling(
        (call) => {
          call.recordMissing(LIST, LONG, new Date(0).toISOString());
          throw call.pollAgain({ status: 'absent', message: 'missing' }, 1);
        },
        { heartbeatIntervalMs: LONG },
      ),
    );
    expect(failure?.type).toBe(POLL_AGAIN);
    expect(memory).toMatchObject({
      absence: { lists: 1, identity: 'acme' },
      observation: { status: 'absent', message: 'missing' },
    });
  });
});

describe('memory', () => {
  test('is empty in the first try', async () => {
    expect(await answerOf(calling(({ memory }) => memory))).toEqual({ absence: null });
  });

  test('survives from one try to the next, and is not lost by a try that learns nothing', async () => {
    const memory = {
      absence: MISSING,
      accepted: ['pod-1'],
      ended: [{ id: 'pod-1', name: 'a' }],
      observation: { at: '2030-01-01T00:00:00.000Z', status: 'absent' as const, message: 'missing' },
    };
    const again = await tryOnce(
      calling(({ memory: known }) => known),
      { attempt: 2, memory },
    );
    expect(again.answer).toEqual(memory);
    expect(again.memory).toEqual(memory);
  });

  test('begins with what an earlier call handed back, until a try remembers more', async () => {
    const known = { accepted: ['pod-1'] };
    const first = calling(({ memory }) => memory, {}, known);
    expect(await answerOf(first)).toEqual({ absence: null, accepted: ['pod-1'] });
    const later = { memory: { absence: null, accepted: ['pod-2'] }, attempt: 2 };
    expect(await answerOf(first, later)).toEqual({ absence: null, accepted: ['pod-2'] });
  });

  test('keeps each pod that an end saw once, with its dearest price', async () => {
    const pod = (id: string, hourlyPrice: number | null) => ({ id, name: id, hourlyPrice });
    const remembered = calling((call) => {
      call.recordEnded([pod('a', 2), pod('b', null)]);
      call.recordEnded([pod('a', 3)]);
      call.recordEnded([pod('a', 1)]);
      return call.memory.ended;
    });
    expect(await answerOf(remembered)).toEqual([
      { id: 'a', name: 'a', hourlyPrice: 3 },
      { id: 'b', name: 'b' },
    ]);
  });
});

describe('the signal of a call', () => {
  test('aborts at the deadline', async () => {
    const reason = await answerOf(
      calling(
        async (call) => {
          const signal = call.signal();
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          return kindOf(signal.reason);
        },
        { callTimeoutMs: 20 },
      ),
    );
    expect(reason).toBe('timeout');
  });

  test('aborts on cancellation, at once where it is asked for after that', async () => {
    let cancel = () => {};
    const aborted = calling((call) => {
      const before = call.signal();
      const early = before.aborted;
      cancel();
      return [early, before.aborted, call.signal().aborted];
    });
    expect(await answerOf(aborted, { started: (by) => (cancel = by) })).toEqual([false, true, true]);
  });

  // Under Node 20 a timeout that only AbortSignal.any refers to is collected, and never comes: the call would hang for ever.
  test('aborts at the deadline also when garbage is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const collecting = setInterval(collectGarbage, 10);
    const hanging = calling(
      async (call) =>
        await new Promise((resolve) =>
          call.signal().addEventListener('abort', () => resolve('aborted'), { once: true }),
        ),
      { callTimeoutMs: 100 },
    );
    const never = new Promise((resolve) => setTimeout(resolve, 3_000, 'hangs for ever').unref());
    expect(await Promise.race([answerOf(hanging), never])).toBe('aborted');
    clearInterval(collecting);
  });

  test('may be asked for often in one call without a warning of leaks', async () => {
    const warned = jest.fn();
    process.on('warning', warned);
    await answerOf(
      calling((call) => {
        for (let calls = 0; calls < 50; calls += 1) call.signal();
        return true;
      }),
    );
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('a poll without news', () => {
  test('fails as benign, comes back after its delay and leaves what it saw', async () => {
    const begun = Date.now();
    const { failure, memory } = await tryOnce(
      calling((call) => {
        throw call.pollAgain({ status: 'provisioning', message: 'pulling the image' }, 1_234);
      }),
    );
    expect(failure).toMatchObject({
      type: POLL_AGAIN,
      message: 'pulling the image',
      nextRetryDelay: 1_234,
      nonRetryable: false,
      category: ApplicationFailureCategory.BENIGN,
    });
    expect(memory.observation).toMatchObject({ status: 'provisioning', message: 'pulling the image' });
    expect(Date.parse(memory.observation?.at ?? '')).toBeGreaterThanOrEqual(begun);
  });

  test('says no more than a line of 500 characters, in the failure and in the heartbeat', async () => {
    const { failure, memory } = await tryOnce(
      calling((call) => {
        throw call.pollAgain({ status: 'unknown', message: `a\n\tpage ${'x'.repeat(10_000)}` }, 1);
      }),
    );
    for (const message of [failure?.message, memory.observation?.message]) {
      expect(message).toMatch(/^a page x+…$/);
      expect(message).toHaveLength(500);
    }
  });
});
