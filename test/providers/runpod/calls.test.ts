import type { RateLimitWindow } from '../../../src/http';
import { createRunpodProvider } from '../../../src/providers/runpod';
import { KEY, context, problem, refusalOf, request, wirePod, withStandIn } from './standIn';
import type { Answer } from './standIn';

describe('list', () => {
  const page = (ids: string[], pagination?: Record<string, unknown>): Answer => ({
    json: { pods: ids.map((id) => wirePod({ id })), ...(pagination === undefined ? {} : { pagination }) },
  });

  test('asks for every page, and answers each pod once', async () => {
    const answers = [
      page(['a', 'b'], { nextCursor: 'c 1&x', hasNextPage: true }),
      page(['b', 'c'], { nextCursor: 'c2', hasNextPage: true }),
      page(['d'], { nextCursor: null, hasNextPage: false }),
    ];
    await withStandIn(answers, async ({ provider, seen }) => {
      const pods = await provider.list({}, context());

      expect(pods.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
      expect(seen.map(({ path, query }) => [path, query])).toEqual([
        ['/pods', { limit: '200' }],
        ['/pods', { limit: '200', cursor: 'c 1&x' }],
        ['/pods', { limit: '200', cursor: 'c2' }],
      ]);
    });
  });

  test.each<[what: string, answer: Answer]>([
    ['no pagination, as in older builds', page(['a'])],
    ['an empty pagination', page(['a'], {})],
    ['an empty cursor', page(['a'], { nextCursor: '' })],
    ['a cursor that leads nowhere', page(['a'], { nextCursor: 'c1', hasNextPage: false })],
  ])('is complete with %s', async (_what, answer) => {
    await withStandIn([answer], async ({ provider }) => {
      expect((await provider.list({}, context())).map(({ id }) => id)).toEqual(['a']);
    });
  });

  test('goes on with a cursor where nobody says that there is a next page', async () => {
    await withStandIn([page(['a'], { nextCursor: 'c1' }), page(['b'])], async ({ provider }) => {
      expect((await provider.list({}, context())).map(({ id }) => id)).toEqual(['a', 'b']);
    });
  });

  test.each<[what: string, answers: Answer[]]>([
    ['a page that leads on without a cursor', [page(['a'], { hasNextPage: true })]],
    [
      'a cursor that leads back',
      [page(['a'], { nextCursor: 'c1' }), page(['b'], { nextCursor: 'c2' }), page(['a'], { nextCursor: 'c1' })],
    ],
    ['a later page with 500', [page(['a'], { nextCursor: 'c1' }), problem(500, 'oh')]],
    ['a later page with 404', [page(['a'], { nextCursor: 'c1' }), problem(404, 'no such cursor')]],
    ['a later page that is a page for people', [page(['a'], { nextCursor: 'c1' }), { text: '<html>' }]],
    ['a later page of another form', [page(['a'], { nextCursor: 'c1' }), { json: { data: [] } }]],
    ['a bare list', [{ json: [] }]],
    ['another wrapper', [{ json: { items: [] } }]],
    ['pods that are null', [{ json: { pods: null } }]],
    ['pods that are an object', [{ json: { pods: {} } }]],
    ['one pod without an id', [{ json: { pods: [wirePod(), wirePod({ id: null })] } }]],
    ['one pod without a name', [{ json: { pods: [wirePod({ name: undefined })] } }]],
    ['one pod that is a text', [{ json: { pods: ['abc123'] } }]],
    ['204', [(response) => void response.writeHead(204).end()]],
    ['206', [{ status: 206, json: { pods: [] } }]],
    ['an empty body', [{ text: '' }]],
  ])('is void after %s', async (_what, answers) => {
    await withStandIn(answers, async ({ provider, seen }) => {
      const error = await refusalOf(provider.list({}, context()));

      expect(error.kind).not.toBe('unknown');
      expect(seen).toHaveLength(answers.length);
    });
  });

  test('that comes to no end is given up', async () => {
    const answers = Array.from({ length: 300 }, (_, at) => page([`p${at}`], { nextCursor: `c${at}` }));
    await withStandIn(answers, async ({ provider, seen }) => {
      const error = await refusalOf(provider.list({}, context()));

      expect(error.message).toBe('the list of pods is void: it has more than 200 pages');
      expect(seen).toHaveLength(200);
    });
  });

  test('filters here, by every field, and by the name that the catalogue has for a GPU', async () => {
    const pods = [
      wirePod({ id: 'a', name: 'x' }),
      wirePod({ id: 'b', name: 'xx', dataCenterId: 'EU-RO-1', status: 'EXITED' }),
      wirePod({ id: 'c', name: 'x', gpu: { id: 'NVIDIA L4', count: 1 } }),
    ];
    const ids = async (filter: Record<string, string>) =>
      await withStandIn([{ json: { pods } }], async ({ provider, seen }) => {
        const listed = await provider.list(filter, context());
        // RunPod silently ignores unknown parameters, so nothing may depend on them.
        expect(seen[0]?.query).toEqual({ limit: '200' });
        return listed.map(({ id }) => id);
      });

    expect(await ids({ name: 'x' })).toEqual(['a', 'c']);
    expect(await ids({ status: 'stopped' })).toEqual(['b']);
    expect(await ids({ region: 'EU-RO-1' })).toEqual(['b']);
    expect(await ids({ gpu: 'l4' })).toEqual(['c']);
    expect(await ids({ gpu: 'NVIDIA L4' })).toEqual(['c']);
    expect(await ids({ name: 'x', gpu: 'h100' })).toEqual(['a']);
  });

  test('with a thousand pods of much environment is read', async () => {
    const env = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`V${at}`, 'x'.repeat(9_000)]));
    await withStandIn(
      [page([]), { json: { pods: Array.from({ length: 200 }, (_, at) => wirePod({ id: `p${at}`, env })) } }],
      async ({ provider }) => {
        await provider.list({}, context());

        expect(await provider.list({}, context())).toHaveLength(200);
      },
    );
  });
});

describe('get', () => {
  test('asks for the pod by its id, which is one segment of the path', async () => {
    await withStandIn([{ json: wirePod() }, problem(404, 'pod not found')], async ({ provider, seen }) => {
      expect((await provider.get('abc123', context())).id).toBe('abc123');
      expect(await refusalOf(provider.get('a/b?c', context()))).toMatchObject({ kind: 'not_found', status: 404 });
      expect(await refusalOf(provider.get('..', context()))).toMatchObject({ kind: 'validation' });
      expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /pods/abc123', 'GET /pods/a%2Fb%3Fc']);
    });
  });

  test.each<[what: string, answer: Answer, kind: string]>([
    ['a 404 that is a page', { status: 404, text: '<html>not found</html>', type: 'text/html' }, 'provider'],
    ['a 410: the generation of the API is gone, not the pod', problem(410, 'gone'), 'unsupported'],
    ['a 403 with error 1010', { status: 403, text: 'error code: 1010' }, 'forbidden'],
    ['a 200 without a pod', { json: {} }, 'provider'],
    ['a 500 that speaks of not found', problem(500, 'pod not found'), 'provider'],
  ])('%s says nothing of the pod', async (_what, answer, kind) => {
    await withStandIn([answer], async ({ provider }) => {
      expect(await refusalOf(provider.get('abc123', context()))).toMatchObject({ kind, refused: false });
    });
  });
});

describe('terminate', () => {
  test.each<[what: string, answer: Answer]>([
    ['204', (response) => void response.writeHead(204).end()],
    ['200', { json: {} }],
    ['404: there is no such pod', problem(404, 'pod not found')],
  ])('resolves after %s', async (_what, answer) => {
    await withStandIn([answer], async ({ provider, seen }) => {
      await provider.terminate('abc123', context());

      expect(seen).toMatchObject([{ method: 'DELETE', path: '/pods/abc123', body: undefined }]);
    });
  });

  test.each<[what: string, answer: Answer, kind: string]>([
    ['409: the pod belongs to a cluster', problem(409, 'Pod belongs to a cluster'), 'conflict'],
    ['401', problem(401, 'bad key'), 'unauthorized'],
    ['403', problem(403, 'no scope'), 'forbidden'],
    ['429', problem(429, 'slow down'), 'rate_limited'],
    ['500', problem(500, 'oh'), 'provider'],
    ['410', problem(410, 'gone'), 'unsupported'],
    ['a 404 that is a page', { status: 404, text: '<html></html>', type: 'text/html' }, 'provider'],
    ['a reset', (response) => void response.socket?.resetAndDestroy(), 'transport'],
  ])('rejects after %s, once', async (_what, answer, kind) => {
    await withStandIn([answer], async ({ provider, seen }) => {
      expect(await refusalOf(provider.terminate('abc123', context()))).toMatchObject({ kind });
      expect(seen).toHaveLength(1);
    });
  });
});

describe.each(['stop', 'start'] as const)('%s', (action) => {
  test('is an action of the pod', async () => {
    await withStandIn([{ json: wirePod() }], async ({ provider, seen }) => {
      await provider[action]('abc123', context());

      expect(seen).toMatchObject([{ method: 'POST', path: '/pods/abc123/action', body: { action } }]);
    });
  });

  test.each<[what: string, answer: Answer, kind: string]>([
    ['409', problem(409, 'action not valid for current pod status'), 'conflict'],
    ['404', problem(404, 'pod not found'), 'not_found'],
    ['400', problem(400, 'There are not enough free GPUs on the host machine to start this pod.'), 'no_capacity'],
    ['500', problem(500, 'There are not enough free GPUs on the host machine to start this pod.'), 'no_capacity'],
    ['500 of another kind', problem(500, 'oh'), 'provider'],
  ])('rejects after %s', async (_what, answer, kind) => {
    await withStandIn([answer], async ({ provider }) => {
      expect(await refusalOf(provider[action]('abc123', context()))).toMatchObject({ kind, refused: false });
    });
  });
});

describe('rate limits', () => {
  const headers = {
    ratelimit: '"minute";r=55;t=12, "hour";r=2990;t=900',
    'ratelimit-policy': '"minute";q=60;w=60, "hour";q=3000;w=3600',
  };
  const windows: RateLimitWindow[] = [
    { name: 'minute', remaining: 55, quota: 60, resetsInMs: 12_000 },
    { name: 'hour', remaining: 2_990, quota: 3_000, resetsInMs: 900_000 },
  ];

  test('are told after every reply that states them, whatever its status', async () => {
    const answers: Answer[] = [
      { json: { pods: [] }, headers },
      problem(500, 'oh', headers),
      { status: 201, json: wirePod(), headers },
      { json: { cpus: [] }, headers },
      (response) => response.writeHead(404, { ...headers, 'content-type': 'application/json' }).end('{"title":"no"}'),
    ];
    await withStandIn(answers, async ({ provider }) => {
      const heard: RateLimitWindow[][] = [];
      const telling = context({ rateLimits: (told) => heard.push(told) });
      await provider.list({}, telling);
      await refusalOf(provider.terminate('abc123', telling));
      await provider.spawn(request(), telling);
      await refusalOf(provider.spawn(request({ gpu: null }), telling));
      await refusalOf(
        (async () => {
          for await (const line of provider.logs?.('abc123', {}, telling) ?? []) throw new Error(line.text);
        })(),
      );

      expect(heard).toEqual([windows, windows, windows, windows, windows]);
    });
  });

  test('are not told where a reply says nothing', async () => {
    await withStandIn([{ json: { pods: [] } }], async ({ provider }) => {
      const rateLimits = jest.fn();
      await provider.list({}, context({ rateLimits }));

      expect(rateLimits).not.toHaveBeenCalled();
    });
  });
});

describe('the key', () => {
  test('is read at each call, so that a rotated one is taken up', async () => {
    const environment: Record<string, string | undefined> = { EU_KEY: 'first-key' };
    const answers = Array.from({ length: 2 }, (): Answer => ({ json: { pods: [] } }));
    await withStandIn(answers, async ({ url, seen }) => {
      const provider = createRunpodProvider({ baseUrl: url, keyVariable: 'EU_KEY', environment });
      await provider.list({}, context());
      environment['EU_KEY'] = '  second-key\n';
      await provider.list({}, context());
      environment['EU_KEY'] = undefined;
      const error = await refusalOf(provider.list({}, context()));
      await provider.close?.();

      expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer first-key', 'Bearer second-key']);
      expect(error).toMatchObject({
        kind: 'unauthorized',
        refused: true,
        message: "no API key for RunPod: set EU_KEY in the worker's environment",
      });
    });
  });

  test('that is missing keeps every call from being sent', async () => {
    await withStandIn(
      [],
      async ({ provider, seen }) => {
        for (const call of [
          provider.spawn(request(), context({ beforeSend: () => expect(true).toBe(false) })),
          provider.spawn(request({ gpu: null }), context()),
          provider.get('abc123', context()),
          provider.terminate('abc123', context()),
        ]) {
          expect(await refusalOf(call)).toMatchObject({ kind: 'unauthorized', refused: true });
        }
        expect(seen).toEqual([]);
      },
      { apiKey: ' ' },
    );
  });

  test('that no header can hold is refused, and not shown', async () => {
    await withStandIn(
      [],
      async ({ provider }) => {
        const error = await refusalOf(provider.spawn(request(), context()));

        expect(error).toMatchObject({ kind: 'validation', refused: true });
        expect(error.message).not.toContain('hush');
      },
      { apiKey: 'hush\u2603hush' },
    );
  });

  test('is in no error that echoes it', async () => {
    await withStandIn([problem(500, `Bearer ${KEY} is odd`), problem(401, KEY)], async ({ provider }) => {
      for (const call of [provider.get('abc123', context()), provider.terminate('abc123', context())]) {
        expect((await refusalOf(call)).message).not.toContain(KEY);
      }
    });
  });
});
