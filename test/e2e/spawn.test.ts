import { join } from 'node:path';
import { onDevServer } from '../support/e2e';
import { SERVER, SLEEP, STUBBORN, serverBehindGate } from '../support/e2eSetup';

const live = onDevServer();

test(
  'an id returns the same pod for the same spec, conflicts for another, and starts a new life after the end',
  live(async (here) => {
    await here.startWorker();
    const spec = { ...STUBBORN, id: 'render-42', owner: 'ada', idleTimeout: '30m', env: { COLOR: 'red' } };
    const pod = await here.spawn(spec);
    const { pod: first } = await here.reaches(pod, 'healthy');
    const firstRun = (await pod.info()).runId;

    const same = await here.podkeeper.spawn({ ...spec, idleTimeout: 1_800_000 });
    expect((await same.info()).runId).toBe(firstRun);
    expect(here.living()).toEqual([first?.name]);

    const other = here.podkeeper.spawn({ ...spec, idleTimeout: '1h', env: { COLOR: 'blue' } });
    await expect(other).rejects.toMatchObject({ kind: 'conflict' });
    const { message } = (await other.catch((error: unknown) => error)) as Error;
    expect(message).toContain('idleTimeout: 30m → 1h');
    expect(message).toContain('env.COLOR: changed');
    expect(message).not.toContain('blue');

    await pod.release('done with it');
    await here.journalled('terminate');
    await expect(here.podkeeper.spawn(spec)).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(/^id: render-42 is ending since 20\S+Z \(done with it\)/) as string,
    });
    const { report } = await pod.result();
    expect(report).toMatchObject({ owner: 'ada', end: { reason: 'released', message: 'done with it' } });

    await expect(here.spawn(spec, { reuse: 'never' })).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining("was used before and reuse is 'never'") as string,
    });
    expect(here.living()).toEqual([]);

    const again = await here.spawn({ ...spec, ...SLEEP });
    const { pod: second } = await here.reaches(again, 'healthy');
    expect(second?.name).toMatch(/-render-42-[a-z0-9]{6}-1$/);
    expect(second?.name).not.toBe(first?.name);
    await again.terminate();
  }),
);

test(
  'twenty spawns of one id at once are one claim with one pod',
  live(async (here) => {
    await here.startWorker();
    const pods = await Promise.all(Array.from({ length: 20 }, async () => await here.spawn({ ...SLEEP, id: 'one' })));
    const runs = await Promise.all(pods.map(async (pod) => (await pod.info()).runId));
    expect(new Set(runs).size).toBe(1);
    const { pod: held } = await here.reaches(here.podkeeper.get('one'), 'healthy');
    expect(here.living()).toEqual([held?.name]);
    const reports = await Promise.all(pods.map(async (pod) => await pod.terminate()));
    expect(new Set(reports.map(({ endedAt }) => endedAt)).size).toBe(1);
    expect(here.sampler.pods.size).toBe(1);
  }),
);

test(
  'claims are listed while they live, with their deadline, and afterwards on request',
  live(async (here) => {
    await here.startWorker();
    const listed = async (all: boolean) => {
      const claims = [];
      for await (const claim of here.podkeeper.list({ all })) claims.push(claim);
      return claims;
    };
    const pods = [await here.spawn({ ...SLEEP, id: 'a' }), await here.spawn({ ...SLEEP, id: 'b' })];
    const { deadlines } = await here.reaches(here.podkeeper.get('a'), 'healthy');
    await here.reaches(here.podkeeper.get('b'), 'healthy');
    // Temporal's visibility store is a moment behind.
    await here.until('both are listed', async () => (await listed(false)).every(({ notAfter }) => notAfter !== null));
    expect((await listed(false)).map(({ id }) => id)).toEqual(['b', 'a']);
    await pods[0]?.terminate();
    await here.until('only one is listed', async () => (await listed(false)).length === 1);
    expect((await listed(true)).find(({ id }) => id === 'a')).toMatchObject({
      status: 'COMPLETED',
      account: 'here',
      notAfter: deadlines.lifetime,
      endedAt: expect.any(String) as unknown,
    });
    await pods[1]?.terminate();
  }),
);

test(
  'withPod ends its pod when its callback throws, and when it does not',
  live(async (here) => {
    await here.startWorker();
    const spec = { ...SERVER, idleTimeout: '30s' };
    const failing = here.podkeeper.withPod({ ...spec, id: 'failing' }, async (pod) => {
      const { endpoints } = await pod.healthy();
      expect((await fetch(endpoints[0]?.url ?? '')).status).toBe(200);
      throw new Error('the render failed');
    });
    await expect(failing).rejects.toThrow('the render failed');
    expect(here.living()).toEqual([]);
    const answer = await here.podkeeper.withPod({ ...spec, id: 'passing' }, async (pod) => {
      return `${here.living().length} for ${pod.id}`;
    });
    expect(answer).toBe('1 for passing');
    expect(here.living()).toEqual([]);
    expect((await here.podkeeper.get('failing').result()).report.end.reason).toBe('released');
  }),
);

test(
  'withPod aborted while it waits ends its pod unused; aborted before, it rents none',
  live(async (here) => {
    await here.startWorker();
    const stop = new AbortController();
    const use = jest.fn();
    const spec = serverBehindGate(join(here.directory, 'never'));
    const renting = here.podkeeper.withPod({ ...spec, id: 'stopped' }, use, { signal: stop.signal });
    const failed = renting.catch((error: unknown) => error);
    await here.livingAre(1);
    stop.abort();

    expect(await failed).toMatchObject({ name: 'AbortError' });
    expect(here.living()).toEqual([]);
    expect((await here.podkeeper.get('stopped').result()).report.end.reason).toBe('released');
    const late = here.podkeeper.withPod({ ...spec, id: 'late' }, use, { signal: stop.signal });
    await expect(late).rejects.toMatchObject({ name: 'AbortError' });
    await expect(here.podkeeper.get('late').info()).rejects.toMatchObject({ kind: 'not_found' });
    expect(use).not.toHaveBeenCalled();
  }),
);

test(
  'a refused spec starts no workflow',
  live(async (here) => {
    await expect(here.podkeeper.spawn({ ...SLEEP, id: 'Render 42' })).rejects.toMatchObject({ kind: 'validation' });
    await expect(here.podkeeper.spawn({ ...SLEEP, id: 'x', gpuCount: 2 })).rejects.toMatchObject({
      kind: 'validation',
    });
    expect(() => here.podkeeper.get('Render 42')).toThrow('can’t be a claim id'.replace('’', "'"));
    await expect(here.podkeeper.get('x').info()).rejects.toMatchObject({ kind: 'not_found' });
  }),
);
