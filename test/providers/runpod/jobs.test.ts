import type { Job, JobRequest, Provider } from '../../../src/providers/contract';
import { KEY, context, problem, refusalOf, withStandIn } from './standIn';
import type { Answer } from './standIn';

const JOB = { endpoint: 'ep1', id: 'job-1' };

type WithJobs = Required<Provider>;

async function withJobs<T>(
  answers: readonly Answer[],
  use: (at: {
    provider: WithJobs;
    seen: { method: string; path: string; query: object; body: unknown }[];
  }) => Promise<T>,
): Promise<T> {
  return await withStandIn(answers, async ({ provider, seen }) => use({ provider: provider as WithJobs, seen }));
}

describe('submitting', () => {
  const submit = (provider: WithJobs, more: Partial<JobRequest> = {}) =>
    provider.runJob({ endpoint: 'ep1', input: { prompt: 'a cat' }, ...more }, context());

  test('an async job, once', async () => {
    await withJobs([{ json: { id: 'job-1', status: 'IN_QUEUE' } }], async ({ provider, seen }) => {
      expect(await submit(provider)).toEqual({
        id: 'job-1',
        endpoint: 'ep1',
        provider: 'runpod',
        status: 'in_queue',
        output: null,
        error: null,
        executionTimeMs: null,
        delayTimeMs: null,
      });
      expect(seen).toMatchObject([
        { method: 'POST', path: '/ep1/run', query: {}, body: { input: { prompt: 'a cat' } } },
      ]);
    });
  });

  test('with all that a job can have', async () => {
    await withJobs([{ json: { id: 'job-1', status: 'IN_QUEUE' } }], async ({ provider, seen }) => {
      const policy = { executionTimeout: 60_000, ttl: 120_000 };
      const providerOptions = { s3Config: { bucketName: 'b' } };
      await submit(provider, { mode: 'stream', webhook: 'https://example.com/hook', policy, providerOptions });

      expect(seen[0]?.path).toBe('/ep1/run');
      expect(seen[0]?.body).toEqual({
        input: { prompt: 'a cat' },
        webhook: 'https://example.com/hook',
        policy,
        s3Config: { bucketName: 'b' },
      });
    });
  });

  test.each([
    [undefined, '30000'],
    [1_000, '1000'],
    [300_000, '300000'],
  ])('a sync job waits %p ms', async (timeoutMs, wait) => {
    const reply = { id: 'sync-1', status: 'COMPLETED', output: 7, executionTime: 12, delayTime: 3 };
    await withJobs([{ json: reply }], async ({ provider, seen }) => {
      const job = await submit(provider, { mode: 'sync', ...(timeoutMs === undefined ? {} : { timeoutMs }) });

      expect(job).toMatchObject({ status: 'completed', output: 7, executionTimeMs: 12, delayTimeMs: 3 });
      expect(seen).toMatchObject([{ path: '/ep1/runsync', query: { wait } }]);
    });
  });

  test('a sync job that takes longer answers how it stands', async () => {
    await withJobs([{ json: { id: 'sync-1', status: 'IN_PROGRESS' } }], async ({ provider }) => {
      expect(await submit(provider, { mode: 'sync' })).toMatchObject({ id: 'sync-1', status: 'in_progress' });
    });
  });

  test.each<[what: string, more: Partial<JobRequest>, path: string]>([
    ['no input', { input: null }, 'input'],
    ['an endpoint that is a path', { endpoint: '../v2/pods' }, 'endpoint'],
    ['an endpoint of dots', { endpoint: '..' }, 'endpoint'],
    ['a wait that is too short', { mode: 'sync', timeoutMs: 999 }, 'timeoutMs'],
    ['a wait that is too long', { mode: 'sync', timeoutMs: 300_001 }, 'timeoutMs'],
    ['a wait that is no number', { mode: 'sync', timeoutMs: Number.NaN }, 'timeoutMs'],
    ['an option that is a field', { providerOptions: { webhook: 'x' } }, 'providerOptions.webhook'],
  ])('%s is refused before any call', async (_what, more, path) => {
    await withJobs([], async ({ provider, seen }) => {
      const error = await refusalOf(submit(provider, more));

      expect(error).toMatchObject({ kind: 'validation', refused: true });
      expect(error.message).toMatch(new RegExp(`^${path.replace('.', String.raw`\.`)}: `));
      expect(seen).toEqual([]);
    });
  });

  test.each<[what: string, answer: Answer, kind: string, refused: boolean]>([
    ['400', { status: 400, json: { error: 'input is missing' } }, 'validation', true],
    ['401', { status: 401, json: { error: 'bad key' } }, 'unauthorized', true],
    ['404: there is no such endpoint', { status: 404, json: { error: 'endpoint not found' } }, 'not_found', true],
    ['429', { status: 429, json: { error: 'too many' } }, 'rate_limited', true],
    ['500', { status: 500, json: { error: 'oh' } }, 'outcome_unknown', false],
    ['502 with a page', { status: 502, text: '<html>', type: 'text/html' }, 'outcome_unknown', false],
    ['404 with a page', { status: 404, text: '<html>', type: 'text/html' }, 'outcome_unknown', false],
    ['200 without an id', { json: { status: 'IN_QUEUE' } }, 'outcome_unknown', false],
    ['200 with an empty id', { json: { id: '' } }, 'outcome_unknown', false],
    ['200 with a page', { text: '<html>' }, 'outcome_unknown', false],
    ['204', (response) => void response.writeHead(204).end(), 'outcome_unknown', false],
    ['a reset', (response) => void response.socket?.resetAndDestroy(), 'outcome_unknown', false],
  ])('answered by %s is sent once, and said', async (_what, answer, kind, refused) => {
    await withJobs([answer], async ({ provider, seen }) => {
      const error = await refusalOf(submit(provider, { webhook: 'https://example.com/hook?token=hush-hush' }));

      expect(error).toMatchObject({ kind, refused });
      expect(seen).toHaveLength(1);
    });
  });

  test('no error shows the webhook or the key', async () => {
    const webhook = 'https://example.com/hook?token=hush-hush';
    await withJobs([{ status: 400, json: { error: `bad webhook ${webhook} of ${KEY}` } }], async ({ provider }) => {
      const { message } = await refusalOf(submit(provider, { webhook }));

      expect(message).toContain('bad webhook');
      expect(message).not.toMatch(/hush|rpa_/);
    });
  });
});

describe('looking', () => {
  const look = async (answer: Answer): Promise<Job> =>
    await withJobs([answer], ({ provider }) => provider.getJob(JOB, context()));

  test.each([
    ['IN_QUEUE', 'in_queue'],
    ['IN_PROGRESS', 'in_progress'],
    ['RUNNING', 'in_progress'],
    ['COMPLETED', 'completed'],
    ['FAILED', 'failed'],
    ['CANCELLED', 'cancelled'],
    ['TIMED_OUT', 'timed_out'],
    ['DREAMING', 'unknown'],
    ['constructor', 'unknown'],
    ['', 'unknown'],
  ])('%s is %s', async (status, expected) => {
    expect((await look({ json: { id: 'job-1', status } })).status).toBe(expected);
  });

  test('a failed job tells why, also where that is an object', async () => {
    expect((await look({ json: { id: 'job-1', status: 'FAILED', error: 'boom' } })).error).toBe('boom');
    expect((await look({ json: { id: 'job-1', status: 'FAILED', error: { code: 7 } } })).error).toBe('{"code":7}');
  });

  test('asks for the status of that job', async () => {
    await withJobs([{ json: { id: 'job-1', status: 'IN_QUEUE' } }], async ({ provider, seen }) => {
      await provider.getJob(JOB, context());
      expect(seen).toMatchObject([{ method: 'GET', path: '/ep1/status/job-1' }]);
      expect(await refusalOf(provider.getJob({ endpoint: 'ep1', id: '../x' }, context()))).toMatchObject({
        kind: 'validation',
      });
      expect(seen).toHaveLength(1);
    });
  });

  test('a 404 may be a job whose result is no longer kept, and says so', async () => {
    const error = await refusalOf(look({ status: 404, json: { error: 'job not found' } }));

    expect(error.kind).toBe('not_found');
    expect(error.message).toContain('RunPod keeps a result for 30 min, that of a sync job for 1 min');
  });

  test.each<[what: string, answer: Answer]>([
    ['404 with a page', { status: 404, text: '<html>', type: 'text/html' }],
    ['500', problem(500, 'oh')],
    ['a list', { json: [] }],
  ])('%s is no not_found', async (_what, answer) => {
    expect((await refusalOf(look(answer))).kind).toBe('provider');
  });
});

describe('streaming', () => {
  const chunk = (output: unknown) => ({ output, metrics: {} });

  async function drain(answers: readonly Answer[]): Promise<{ read: unknown[]; error: unknown; asked: number }> {
    return await withJobs(answers, async ({ provider, seen }) => {
      const read: unknown[] = [];
      try {
        for await (const part of provider.streamJob(JOB, context())) read.push(part);
        return { read, error: undefined, asked: seen.length };
      } catch (error) {
        return { read, error, asked: seen.length };
      }
    });
  }

  test('yields what there is, goes on, and ends with the job', async () => {
    const answers: Answer[] = [
      { json: { status: 'IN_QUEUE', stream: [] } },
      { json: { status: 'IN_PROGRESS', stream: [chunk('a'), chunk({ b: 1 })] } },
      { json: { status: 'IN_PROGRESS' } },
      { json: { status: 'COMPLETED', stream: [chunk(null)] } },
      { json: { status: 'COMPLETED', stream: [] } },
    ];

    expect(await drain(answers)).toEqual({ read: ['a', { b: 1 }, null], error: undefined, asked: 5 });
  });

  test.each(['FAILED', 'CANCELLED', 'TIMED_OUT'])('ends with a job that is %s', async (status) => {
    expect(await drain([{ json: { status, stream: [] } }])).toMatchObject({ read: [], error: undefined });
  });

  test('ends where a job that has ended is no longer kept', async () => {
    const answers: Answer[] = [
      { json: { status: 'COMPLETED', stream: [chunk('a')] } },
      { status: 404, json: { error: 'job not found' } },
    ];

    expect(await drain(answers)).toEqual({ read: ['a'], error: undefined, asked: 2 });
  });

  test('goes on at a status that nobody knows: that is no end', async () => {
    const answers: Answer[] = [
      { json: { status: 'DREAMING', stream: [] } },
      { json: { status: 'COMPLETED', stream: [] } },
    ];

    expect(await drain(answers)).toMatchObject({ asked: 2, error: undefined });
  });

  test.each<[what: string, answer: Answer, kind: string]>([
    ['500', problem(500, 'oh'), 'provider'],
    ['404', { status: 404, json: { error: 'job not found' } }, 'not_found'],
    ['a reply without a status', { json: {} }, 'provider'],
    ['a reset', (response) => void response.socket?.resetAndDestroy(), 'transport'],
  ])('is not read again after %s: what was on its way is lost, and that is said', async (_what, answer, kind) => {
    const answers: Answer[] = [{ json: { status: 'IN_PROGRESS', stream: [chunk('a')] } }, answer];

    expect(await drain(answers)).toMatchObject({ read: ['a'], error: { kind }, asked: 2 });
  });

  test.each(['transport', 'timeout'] as const)('ends with its signal, as %s', async (kind) => {
    const abort = new AbortController();
    const signal = kind === 'transport' ? abort.signal : AbortSignal.any([abort.signal]);
    const waiting: Answer = (response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ status: 'IN_QUEUE', stream: [] }));
      abort.abort(kind === 'timeout' ? new DOMException('late', 'TimeoutError') : undefined);
    };
    await withJobs([waiting, waiting, waiting], async ({ provider }) => {
      const reading = async () => {
        for await (const part of provider.streamJob(JOB, { signal })) throw new Error(String(part));
      };

      expect((await refusalOf(reading())).kind).toBe(kind);
    });
  });
});

test('cancelling', async () => {
  await withJobs(
    [{ json: { id: 'job-1', status: 'CANCELLED' } }, { status: 404, json: { error: 'job not found' } }],
    async ({ provider, seen }) => {
      await provider.cancelJob(JOB, context());
      expect(seen).toMatchObject([{ method: 'POST', path: '/ep1/cancel/job-1' }]);
      expect(await refusalOf(provider.cancelJob(JOB, context()))).toMatchObject({ kind: 'not_found' });
    },
  );
});

test('the health of an endpoint', async () => {
  const reply = {
    jobs: { completed: 5, failed: 1, inProgress: 2, inQueue: 3, retried: 0 },
    workers: { idle: 1, initializing: 2, ready: 3, running: 4, throttled: 5 },
  };
  await withJobs([{ json: reply }, { json: {} }], async ({ provider, seen }) => {
    expect(await provider.endpointHealth('ep1', context())).toEqual({
      jobs: { queued: 3, running: 2, completed: 5, failed: 1 },
      workers: { idle: 1, running: 4, starting: 2, throttled: 5, unhealthy: 0 },
    });
    expect(seen).toMatchObject([{ method: 'GET', path: '/ep1/health' }]);
    expect((await refusalOf(provider.endpointHealth('ep1', context()))).kind).toBe('provider');
  });
});

test('purging', async () => {
  await withJobs([{ json: { removed: 2, status: 'completed' } }, { json: {} }], async ({ provider, seen }) => {
    expect(await provider.purgeJobs('ep1', context())).toBe(2);
    expect(seen).toMatchObject([{ method: 'POST', path: '/ep1/purge-queue' }]);
    expect((await refusalOf(provider.purgeJobs('ep1', context()))).kind).toBe('provider');
  });
});
