import { HOUR, MINUTE, SECOND, T0, cloudOf, failureOf, rent } from './clouds';

test('a quota of calls a minute: what is beyond it is refused, with the rest of the minute as its wait', async () => {
  const { cloud, clock } = cloudOf({ callsPerMinute: 2 });
  await cloud.list();
  await clock.advance(20 * SECOND);
  await rent(cloud);
  expect(await failureOf(cloud.list())).toMatchObject({ code: 'rate_limited', retryAfterMs: 40 * SECOND });
  await clock.advance(40 * SECOND);
  expect(await cloud.list()).toHaveLength(1);
  expect(cloud.calls().map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'rate_limited', 'ok']);
});

describe('latency', () => {
  test('half of it before the effect, half after', async () => {
    const { cloud, clock } = cloudOf({ latencyMs: { create: 10 * SECOND } });
    let answered = false;
    const call = rent(cloud).then((pod) => {
      answered = true;
      return pod;
    });
    await clock.advance(4_999);
    expect(cloud.pods()).toEqual([]);
    await clock.advance(1);
    expect([cloud.pods().length, answered]).toEqual([1, false]);
    await clock.advance(5 * SECOND);
    expect(await call).toMatchObject({ createdAt: T0 + 5 * SECOND });
    expect(cloud.ledger.entries()).toMatchObject([{ requestedAt: T0, createdAt: T0 + 5 * SECOND }]);
    expect(await cloud.list()).toHaveLength(1);
  });

  test('jitter makes it longer or shorter, by the seed', async () => {
    const spans = async (seed: number): Promise<number[]> => {
      const { cloud, clock } = cloudOf({ latencyMs: SECOND, latencyJitter: 0.5, seed });
      const done: number[] = [];
      for (let turn = 0; turn < 10; turn += 1) {
        const before = clock.now();
        const call = cloud.list().then(() => done.push(clock.now() - before));
        await clock.advance(2 * SECOND);
        await call;
      }
      return done;
    };
    const found = await spans(1);
    expect(new Set(found).size).toBeGreaterThan(5);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...found)).toBeLessThanOrEqual(1_500);
    expect(await spans(1)).toEqual(found);
    expect(await spans(2)).not.toEqual(found);
  });

  test('a call given up before its effect has none; after it, it stays done', async () => {
    const { cloud, clock } = cloudOf({ latencyMs: 10 * SECOND });
    for (const [afterMs, executed] of [
      [4 * SECOND, false],
      [6 * SECOND, true],
    ] as const) {
      const given = new AbortController();
      const failure = failureOf(cloud.create({ name: 'a' }, { signal: given.signal }));
      await clock.advance(afterMs);
      given.abort(new Error('deadline'));
      expect(await failure).toMatchObject({ code: 'no_answer', executed, message: 'the call was aborted: deadline' });
      expect(cloud.pods()).toHaveLength(executed ? 1 : 0);
    }
    expect(cloud.calls()).toMatchObject([{ executed: true, outcome: 'no_answer' }]);
  });

  test('a call whose signal has aborted before does nothing', async () => {
    const { cloud } = cloudOf();
    expect(await failureOf(cloud.create({ name: 'a' }, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'no_answer',
      executed: false,
    });
    expect([cloud.pods(), cloud.calls()]).toEqual([[], []]);
  });
});

test('beforeSend comes right before the effect, and can forbid it', async () => {
  const { cloud, clock } = cloudOf({ latencyMs: 2 * SECOND });
  const moments: [number, number][] = [];
  const call = cloud.create({ name: 'a' }, { beforeSend: () => moments.push([clock.now() - T0, cloud.pods().length]) });
  await clock.advance(HOUR);
  await call;
  expect(moments).toEqual([[SECOND, 0]]);
  const fence = new Error('too late');
  const forbidden = failureOf(
    cloud.create(
      { name: 'b' },
      {
        beforeSend: () => {
          throw fence;
        },
      },
    ),
  );
  await clock.advance(HOUR);
  expect(await forbidden).toBe(fence);
  expect([cloud.pods().length, cloud.calls().length]).toEqual([1, 1]);
});

test('a clock that has to be asked is asked before the effect', async () => {
  let shared = T0;
  let known = T0;
  const clock = {
    now: () => known,
    refresh: async () => {
      known = shared;
      await Promise.resolve();
    },
    sleep: () => Promise.reject(new Error('nobody is to wait')),
  };
  const { cloud } = cloudOf({ clock });
  shared = T0 + HOUR;
  expect(await rent(cloud)).toMatchObject({ createdAt: T0 + HOUR });
  expect(cloud.ledger.entries()).toMatchObject([{ requestedAt: T0 + HOUR }]);
});

describe('credentials', () => {
  test('without any, no call needs one', async () => {
    const { cloud } = cloudOf();
    await cloud.list({ credential: 'whatever' });
    expect(cloud.credential).toBeUndefined();
  });

  test('a call needs a valid one', async () => {
    const { cloud } = cloudOf({ credentials: ['key-1'] });
    expect(await failureOf(rent(cloud))).toMatchObject({ code: 'unauthorized', message: 'a credential is needed' });
    expect(await failureOf(cloud.list({ credential: 'key-2' }))).toMatchObject({
      code: 'unauthorized',
      message: 'the credential is not valid',
    });
    await cloud.create({ name: 'a' }, { credential: 'key-1' });
    expect(cloud.calls().map(({ outcome, credential }) => [outcome, credential])).toEqual([
      ['unauthorized', null],
      ['unauthorized', 'key-2'],
      ['ok', 'key-1'],
    ]);
  });

  test('revoked between two moments, and replaced between two others', async () => {
    const { cloud, clock } = cloudOf({ credentials: ['old'] });
    cloud.revoke('old', { from: T0 + 10 * MINUTE, until: T0 + 20 * MINUTE });
    cloud.setCredential('new', { from: T0 + 15 * MINUTE, until: T0 + 25 * MINUTE });
    const valid: string[] = [];
    for (let minute = 0; minute < 30; minute += 5) {
      const works = async (credential: string) =>
        await cloud.list({ credential }).then(
          () => credential,
          () => '-',
        );
      valid.push([await works('old'), await works('new')].join(' '));
      await clock.advance(5 * MINUTE);
    }
    expect(valid).toEqual(['old -', 'old -', '- -', '- new', 'old new', 'old -']);
  });

  test('all can be revoked at once, also where none is needed; from now on, if nothing else is said', async () => {
    const { cloud, clock } = cloudOf();
    cloud.revoke(null, { until: T0 + HOUR });
    expect(await failureOf(cloud.list())).toMatchObject({
      code: 'unauthorized',
      message: 'the credential was revoked',
    });
    await clock.advance(HOUR);
    await cloud.list();
    cloud.revoke(null);
    expect(await failureOf(cloud.list({ credential: 'x' }))).toMatchObject({ code: 'unauthorized' });
    cloud.reset();
    await cloud.list();
  });

  test('a credential is revoked by its name as well', async () => {
    const { cloud } = cloudOf({ credentials: [{ name: 'team', key: 'k' }] });
    cloud.revoke('team');
    expect(await failureOf(cloud.list({ credential: 'k' }))).toMatchObject({ code: 'unauthorized' });
  });

  test('whom the cloud does not know meets no fault', async () => {
    const { cloud } = cloudOf({ credentials: ['key'] });
    cloud.inject({ kind: 'error', on: 'list' });
    await failureOf(cloud.list());
    expect(cloud.faults()).toHaveLength(1);
  });

  test.each([[{ from: 2, until: 1 }], [{ since: 1 }]])('a window that makes no sense is refused: %j', (window) => {
    expect(() => cloudOf().cloud.revoke('k', window as object)).toThrow(/^window/);
  });
});

describe('a reset', () => {
  test('makes the cloud as new: the same ids, nothing left', async () => {
    const { cloud } = cloudOf();
    const { ledger } = cloud;
    const first = await rent(cloud);
    cloud.inject({ kind: 'list_empty' });
    cloud.setStock({ gpu: 'h100', stock: 0 });
    cloud.reset();
    expect([cloud.pods(), cloud.calls(), cloud.faults(), cloud.jobs(), ledger.entries()]).toEqual([[], [], [], [], []]);
    expect((await rent(cloud)).id).toBe(first.id);
    expect(ledger.billing()).toHaveLength(1);
  });

  test('cuts off the calls that are under way', async () => {
    const { cloud, clock } = cloudOf({ latencyMs: 2 * SECOND });
    const failure = failureOf(rent(cloud));
    cloud.reset();
    await clock.advance(HOUR);
    expect(await failure).toMatchObject({ code: 'no_answer', message: 'the cloud was reset during the call' });
    expect(cloud.pods()).toEqual([]);
  });
});

describe('what is shown', () => {
  test('ended pods are shown for as long as the cloud remembers them', async () => {
    const { cloud, clock } = cloudOf({ endedShownMs: MINUTE });
    const { id } = await rent(cloud);
    await cloud.terminate(id);
    await clock.advance(MINUTE - 1);
    expect(await cloud.list()).toMatchObject([{ id, state: 'terminated' }]);
    await clock.advance(1);
    expect(await cloud.list()).toEqual([]);
    for (const call of [cloud.get(id), cloud.terminate(id), cloud.start(id)]) {
      expect(await failureOf(call)).toMatchObject({ code: 'not_found' });
    }
    expect(cloud.pod(id)?.state).toBe('terminated');
  });

  test('a word of the test’s in the place of its state', async () => {
    const { cloud } = cloudOf();
    const { id } = await rent(cloud);
    cloud.showAs(id, 'HIBERNATING');
    expect(await cloud.get(id)).toMatchObject({ state: 'running', shownAs: 'HIBERNATING' });
    cloud.showAs(id, null);
    expect(await cloud.get(id)).toMatchObject({ shownAs: null });
  });
});

describe('requests', () => {
  test('all that can be asked for is written down, as a copy', async () => {
    const { cloud } = cloudOf();
    const env = { A: '1', ...(JSON.parse('{"__proto__":"odd"}') as Record<string, string>) };
    const request = {
      name: 'a',
      env,
      command: ['sleep'],
      labels: { x: 'y' },
      template: 't',
      volumeGiB: 5,
      notAfter: 'later',
      extra: { deep: [1] },
    };
    const { id } = await cloud.create(request);
    env.A = '2';
    request.command.push('5');
    const pod = cloud.pod(id);
    expect(pod).toMatchObject({
      command: ['sleep'],
      labels: { x: 'y' },
      template: 't',
      volumeGiB: 5,
      notAfter: 'later',
      extra: { deep: [1] },
    });
    expect(Object.entries(pod?.env ?? {})).toEqual([
      ['A', '1'],
      ['__proto__', 'odd'],
    ]);
  });

  test.each([
    [{ name: '' }, 'name: must be a non-empty text'],
    [{ name: 'a', gpu: '' }, 'gpu: '],
    [{ name: 'a', gpu: 'h100', gpuCount: 0 }, 'gpuCount: must be a whole number, 1 or more, but is 0'],
    [{ name: 'a', ports: [{ port: 70_000, protocol: 'http' as const }] }, 'ports[0].port: '],
    [{ name: 'a', extra: { f: () => 1 } }, 'request.extra.f: must be plain data'],
  ])('what makes no sense is answered as invalid: %j', async (request, message) => {
    const { cloud } = cloudOf();
    expect(await failureOf(cloud.create(request))).toMatchObject({
      code: 'invalid',
      executed: false,
      message: expect.stringContaining(message) as string,
    });
    expect(cloud.pods()).toEqual([]);
  });
});
