import type { Fault, Operation } from '../../src/simulator';
import { HOUR, MINUTE, SECOND, T0, cloudOf, failureOf, rent } from './clouds';

describe('faults of any call', () => {
  test.each<[Fault, object, pods: number]>([
    [{ kind: 'executed_then_no_answer', on: 'create' }, { code: 'no_answer', executed: true }, 1],
    [
      { kind: 'executed_then_error', on: 'create', message: 'oops' },
      { code: 'internal', executed: true, message: 'oops' },
      1,
    ],
    [{ kind: 'error', on: 'create' }, { code: 'internal', executed: false }, 0],
    [{ kind: 'no_answer', on: 'create' }, { code: 'no_answer', executed: false }, 0],
    [{ kind: 'refused', on: 'create', code: 'quota' }, { code: 'quota', executed: false, retryAfterMs: null }, 0],
    [
      { kind: 'refused', on: 'create', code: 'rate_limited', retryAfterMs: 5_000 },
      { code: 'rate_limited', retryAfterMs: 5_000 },
      0,
    ],
  ])('%j', async (fault, failure, pods) => {
    const { cloud } = cloudOf();
    cloud.inject(fault);
    expect(await failureOf(rent(cloud))).toMatchObject({ name: 'SimulatedFailure', ...failure });
    expect(cloud.pods()).toHaveLength(pods);
    expect(cloud.ledger.billing()).toHaveLength(pods);
    await rent(cloud);
    expect(cloud.pods()).toHaveLength(pods + 1);
    expect(cloud.calls().map(({ faults }) => faults)).toEqual([[fault.kind], []]);
    expect(cloud.calls()[0]?.executed).toBe(pods === 1);
  });

  test('every call can meet one', async () => {
    const { cloud } = cloudOf();
    const { id } = await rent(cloud);
    const { endpoint, id: jobId } = await cloud.submitJob({ endpoint: 'e', input: 1 });
    const job = { endpoint, id: jobId };
    const calls: Record<Operation, () => Promise<unknown>> = {
      create: () => rent(cloud),
      get: () => cloud.get(id),
      list: () => cloud.list(),
      stop: () => cloud.stop(id),
      start: () => cloud.start(id),
      terminate: () => cloud.terminate(id),
      submitJob: () => cloud.submitJob({ endpoint: 'e', input: 1 }),
      getJob: () => cloud.getJob(job),
      cancelJob: () => cloud.cancelJob(job),
      streamJob: () => cloud.streamJob(job).next(),
      purgeJobs: () => cloud.purgeJobs('e'),
      endpointHealth: () => cloud.endpointHealth('e'),
      gpuTypes: () => cloud.gpuTypes(),
    };
    for (const [on, call] of Object.entries(calls) as [Operation, () => Promise<unknown>][]) {
      cloud.inject({ kind: 'refused', on, code: 'forbidden' });
      expect([on, await failureOf(call())]).toMatchObject([on, { code: 'forbidden' }]);
    }
    expect(cloud.pods()).toMatchObject([{ id, state: 'running' }]);
    expect(cloud.faults()).toEqual([]);
  });

  test('an executed call that the cloud refused had no effect', async () => {
    const { cloud } = cloudOf();
    cloud.inject({ kind: 'executed_then_no_answer', on: 'create' });
    expect(await failureOf(rent(cloud, 'a', 'no-such'))).toMatchObject({ code: 'no_answer', executed: false });
    expect(cloud.calls()[0]).toMatchObject({ executed: false, outcome: 'no_answer' });
  });

  test('after and count say which calls', async () => {
    const { cloud } = cloudOf();
    cloud.inject(
      { kind: 'error', on: 'list', after: 1, count: 2 },
      { kind: 'refused', on: ['list', 'get'], code: 'forbidden', after: 2 },
    );
    const outcomes: unknown[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      await cloud.list().catch(() => undefined);
      outcomes.push(cloud.calls().at(-1)?.outcome);
      if (turn === 1)
        expect(cloud.faults()).toMatchObject([
          { kind: 'error', after: 0, count: 1 },
          { kind: 'refused', after: 0, count: 1 },
        ]);
    }
    // The first fault applies to the third call; the other one, which also matches, waits.
    expect(outcomes).toEqual(['ok', 'internal', 'internal', 'forbidden', 'ok']);
  });

  test('a standing fault stands until it is cleared', async () => {
    const { cloud } = cloudOf();
    cloud.inject({ kind: 'error', on: 'list', count: Infinity });
    for (let turn = 0; turn < 20; turn += 1) expect(await failureOf(cloud.list())).toMatchObject({ code: 'internal' });
    cloud.clearFaults();
    expect(await cloud.list()).toEqual([]);
  });

  test('a fault may be for one pod', async () => {
    const { cloud } = cloudOf();
    const [one, other] = [await rent(cloud, 'one'), await rent(cloud, 'other')];
    cloud.inject({ kind: 'error', on: ['terminate', 'create'], name: /^on/ });
    await rent(cloud, 'third');
    await cloud.terminate(other.id);
    expect(await failureOf(cloud.terminate(one.id))).toMatchObject({ code: 'internal' });
  });

  test('who hangs hears nothing until the signal aborts', async () => {
    const { cloud, clock } = cloudOf();
    cloud.inject(
      { kind: 'executed_then_no_answer', on: 'create', hangs: true },
      { kind: 'no_answer', on: 'create', hangs: true },
    );
    for (const executed of [true, false]) {
      const given = new AbortController();
      let answer: unknown;
      const call = cloud.create({ name: 'a' }, { signal: given.signal }).catch((error: unknown) => {
        answer = error;
      });
      await clock.advance(HOUR);
      expect([answer, cloud.calls().at(-1)?.outcome]).toEqual([undefined, null]);
      given.abort(new Error('too long'));
      await call;
      expect(answer).toMatchObject({ code: 'no_answer', executed, message: 'the call was aborted: too long' });
    }
    expect(cloud.pods()).toHaveLength(1);
  });

  test('slow: the effect at once, the answer later, on top of another fault', async () => {
    const { cloud, clock } = cloudOf();
    cloud.inject({ kind: 'slow', on: 'create', byMs: 10 * SECOND }, { kind: 'executed_then_error', on: 'create' });
    let failure: unknown;
    const call = rent(cloud).catch((error: unknown) => {
      failure = error;
    });
    await clock.advance(9_999);
    expect([cloud.pods().length, failure]).toEqual([1, undefined]);
    await clock.advance(1);
    await call;
    expect(failure).toMatchObject({ code: 'internal', executed: true });
    expect(cloud.calls()[0]?.faults).toEqual(['slow', 'executed_then_error']);
  });
});

describe('a late commit', () => {
  test.each(['no_answer', 'internal'] as const)('%s now, the pod later, at its moment', async (answer) => {
    const { cloud, clock } = cloudOf();
    cloud.inject({ kind: 'late_commit', lateMs: 5 * MINUTE, answer });
    expect(await failureOf(rent(cloud, 'late'))).toMatchObject({ code: answer, executed: true });
    await clock.advance(5 * MINUTE - 1);
    expect([cloud.pods(), await cloud.list()]).toEqual([[], []]);
    await clock.advance(HOUR);
    expect(await cloud.list()).toMatchObject([{ name: 'late', createdAt: T0 + 5 * MINUTE, state: 'running' }]);
    expect(cloud.ledger.entries()).toMatchObject([{ requestedAt: T0, createdAt: T0 + 5 * MINUTE }]);
    expect(cloud.ledger.cost()).toBeCloseTo(3 * (1 - 1 / (60 * MINUTE)), 6);
  });

  test('comes to nothing when nothing is left by then', async () => {
    const { cloud, clock } = cloudOf();
    cloud.inject({ kind: 'late_commit', lateMs: SECOND });
    await failureOf(rent(cloud));
    cloud.setStock({ gpu: 'h100', stock: 0 });
    await clock.advance(HOUR);
    expect(cloud.pods()).toEqual([]);
  });
});

describe('lists', () => {
  test('list_lag shows creates, states and ends late; get does not lag', async () => {
    const { cloud, clock } = cloudOf({ endedShownMs: 0 });
    cloud.inject({ kind: 'list_lag', lagMs: 10 * SECOND, count: Infinity });
    const { id } = await rent(cloud);
    await clock.advance(9_999);
    expect(await cloud.list()).toEqual([]);
    await clock.advance(1);
    await cloud.stop(id);
    expect(await cloud.list()).toMatchObject([{ id, state: 'running' }]);
    await clock.advance(10 * SECOND);
    expect(await cloud.list()).toMatchObject([{ id, state: 'stopped' }]);
    await cloud.terminate(id);
    expect(await failureOf(cloud.get(id))).toMatchObject({ code: 'not_found' });
    await clock.advance(9_999);
    expect(await cloud.list()).toMatchObject([{ id, state: 'stopped' }]);
    await clock.advance(1);
    expect(await cloud.list()).toEqual([]);
  });

  test('the lag of the cloud stands; a longer one comes on top', async () => {
    const { cloud, clock } = cloudOf({ listLagMs: 5 * SECOND });
    await rent(cloud);
    expect(await cloud.list()).toEqual([]);
    await clock.advance(5 * SECOND);
    cloud.inject({ kind: 'list_lag', lagMs: 6 * SECOND });
    expect(await cloud.list()).toEqual([]);
    expect(await cloud.list()).toHaveLength(1);
  });

  test('list_omits leaves out at random, by the seed, or as it is told', async () => {
    const seen = async (seed: number): Promise<string[]> => {
      const { cloud } = cloudOf({ seed });
      for (let index = 0; index < 20; index += 1) await rent(cloud, `pod-${index}`, null);
      cloud.inject({ kind: 'list_omits' });
      return (await cloud.list()).map(({ name }) => name);
    };
    const found = await seen(7);
    expect(found.length).toBeGreaterThan(2);
    expect(found.length).toBeLessThan(18);
    expect(await seen(7)).toEqual(found);
    expect(await seen(8)).not.toEqual(found);
    const { cloud } = cloudOf();
    await rent(cloud, 'a');
    await rent(cloud, 'b');
    cloud.inject(
      { kind: 'list_omits', omits: ({ name }) => name === 'a' },
      { kind: 'list_omits', share: 1 },
      { kind: 'list_omits', share: 0 },
    );
    expect((await cloud.list()).map(({ name }) => name)).toEqual(['b']);
    expect(await cloud.list()).toEqual([]);
    expect(await cloud.list()).toHaveLength(2);
  });

  test('list_empty is empty once', async () => {
    const { cloud } = cloudOf();
    await rent(cloud);
    cloud.inject({ kind: 'list_empty' });
    expect([(await cloud.list()).length, (await cloud.list()).length]).toEqual([0, 1]);
  });
});

test('list_hides: lists leave pods out for a time, get and the ledger do not', async () => {
  const { cloud, clock } = cloudOf();
  const { id } = await rent(cloud, 'hidden');
  await rent(cloud, 'other');
  cloud.inject({ kind: 'list_hides', forMs: MINUTE, name: /^hid/ });
  await clock.advance(MINUTE - 1);
  expect(await cloud.list()).toMatchObject([{ name: 'other' }]);
  expect(await cloud.get(id)).toMatchObject({ state: 'running' });
  expect(cloud.calls().at(-2)?.faults).toEqual(['list_hides']);
  await clock.advance(1);
  expect(cloud.faults()).toEqual([]);
  expect(await cloud.list()).toHaveLength(2);
  cloud.inject({ kind: 'list_hides', until: clock.now() + MINUTE });
  expect(await cloud.list()).toEqual([]);
});

describe('lies about ends', () => {
  test('not_found_then_back: get, terminate and list say it is gone, so many times', async () => {
    const { cloud } = cloudOf();
    const { id } = await rent(cloud, 'hidden');
    const other = await rent(cloud, 'other');
    cloud.inject({ kind: 'not_found_then_back', count: 3, name: 'hidden' });
    expect(await failureOf(cloud.get(id))).toMatchObject({ code: 'not_found', executed: false });
    expect(await cloud.get(other.id)).toMatchObject({ name: 'other' });
    expect(await failureOf(cloud.terminate(id))).toMatchObject({ code: 'not_found' });
    expect(await cloud.list()).toMatchObject([{ name: 'other' }]);
    expect(cloud.faults()).toEqual([]);
    expect(await cloud.list()).toHaveLength(2);
    expect(await cloud.get(id)).toMatchObject({ state: 'running' });
  });

  test('gone_but_alive: accepted, out of sight for a while, back, and billed all the time', async () => {
    const { cloud, clock } = cloudOf();
    const { id } = await rent(cloud);
    cloud.inject({ kind: 'gone_but_alive', forMs: 10 * MINUTE });
    await cloud.terminate(id);
    await clock.advance(10 * MINUTE - 1);
    expect(await cloud.list()).toEqual([]);
    for (const call of [cloud.get(id), cloud.terminate(id), cloud.stop(id)]) {
      expect(await failureOf(call)).toMatchObject({ code: 'not_found' });
    }
    expect(cloud.ledger.billing()).toMatchObject([{ podId: id, hourlyPrice: 3 }]);
    await clock.advance(1);
    expect(await cloud.list()).toMatchObject([{ id, state: 'running' }]);
    await cloud.terminate(id);
    expect(cloud.ledger.cost()).toBeCloseTo(0.5, 9);
    expect(cloud.ledger.billing()).toEqual([]);
  });

  test('terminate_ignored: accepted, and nothing happens', async () => {
    const { cloud } = cloudOf();
    const { id } = await rent(cloud);
    cloud.inject({ kind: 'terminate_ignored' });
    await cloud.terminate(id);
    expect(cloud.pod(id)?.state).toBe('running');
    await cloud.terminate(id);
    expect(cloud.pod(id)?.state).toBe('terminated');
  });

  test.each<[string, Fault]>([
    ['for so long', { kind: 'busy_until', forMs: HOUR }],
    ['until a moment', { kind: 'busy_until', until: T0 + HOUR }],
  ])('busy_until: refused %s', async (_how, fault) => {
    const { cloud, clock } = cloudOf();
    const { id } = await rent(cloud);
    cloud.inject(fault);
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await failureOf(cloud.terminate(id))).toMatchObject({ code: 'busy', executed: false });
      await clock.advance(15 * MINUTE - (turn === 3 ? 1 : 0));
    }
    expect(await failureOf(cloud.terminate(id))).toMatchObject({ code: 'busy' });
    await clock.advance(1);
    expect(cloud.faults()).toEqual([]);
    await cloud.terminate(id);
    expect(cloud.pod(id)?.state).toBe('terminated');
  });
});

test.each<[object, string]>([
  [{ kind: 'explode' }, 'faults[0].kind: must be one of executed_then_no_answer, '],
  [{ kind: 'error' }, 'faults[0].on: must be one of create, '],
  [{ kind: 'error', on: [] }, 'faults[0].on: must name at least one call'],
  [{ kind: 'error', on: 'delete' }, "but is 'delete'"],
  [
    { kind: 'error', on: 'list', name: 'a' },
    "faults[0].name: only applies to calls for a single pod, and 'list' is not one",
  ],
  [{ kind: 'error', on: 'create', count: 0 }, 'faults[0].count: '],
  [{ kind: 'error', on: 'create', after: 0.5 }, 'faults[0].after: must be a whole number'],
  [{ kind: 'error', on: 'create', hangs: true }, 'faults[0].hangs: is not a field'],
  [{ kind: 'no_answer', on: 'create', hangs: 1 }, 'faults[0].hangs: must be true or false'],
  [{ kind: 'refused', on: 'create' }, 'faults[0].code: must be one of unauthorized, '],
  [{ kind: 'refused', on: 'create', code: 'internal' }, 'faults[0].code: '],
  [{ kind: 'slow', on: 'get' }, 'faults[0].byMs: '],
  [{ kind: 'late_commit' }, 'faults[0].lateMs: '],
  [{ kind: 'list_lag' }, 'faults[0].lagMs: '],
  [{ kind: 'list_omits', share: 2 }, 'faults[0].share: must be a number, 0 to 1, but is 2'],
  [{ kind: 'list_omits', share: 1, omits: () => true }, 'faults[0].share: set either share or omits'],
  [{ kind: 'not_found_then_back', on: 'create' }, 'faults[0].on: '],
  [{ kind: 'gone_but_alive' }, 'faults[0].forMs: '],
  [{ kind: 'busy_until' }, 'faults[0].until: set either until or forMs'],
  [{ kind: 'list_hides' }, 'faults[0].until: set either until or forMs'],
])('a fault that makes no sense is refused, and none is injected: %j', (fault, message) => {
  const { cloud } = cloudOf();
  expect(() => cloud.inject(fault as Fault)).toThrow(
    expect.objectContaining({ kind: 'validation', message: expect.stringContaining(message) as string }) as Error,
  );
  expect(() => cloud.inject({ kind: 'list_empty' }, fault as Fault)).toThrow(/^faults\[1\]\./);
  expect(cloud.faults()).toEqual([]);
});
