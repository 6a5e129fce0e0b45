import type { ServerResponse } from 'node:http';
import type { PodkeeperError } from '../../../src/model';
import { KEY, context, problem, refusalOf, request, wirePod, withStandIn } from './standIn';
import type { Answer } from './standIn';

async function create(answer: Answer): Promise<PodkeeperError> {
  return await withStandIn([answer], async ({ provider, seen }) => {
    const error = await refusalOf(provider.spawn(request({ env: { HF_TOKEN: 'hush-hush-hush' } }), context()));
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /pods']);
    expect(error.message).not.toMatch(/hush/);
    expect(error.message).not.toContain(KEY);
    return error;
  });
}

const CAPACITY = [
  'There are no longer any instances available with the requested specifications. Please refresh and try again.',
  'There are no longer any instances available with the request specifications.',
  'There are no longer any instances available with enough disk space.',
  'There are no instances currently available',
  'This machine does not have the resources to deploy your pod. Please try a different machine',
];

describe('what says for sure that nothing was created', () => {
  test.each(CAPACITY)('no capacity: %s', async (text) => {
    expect(await create(problem(400, text))).toMatchObject({ kind: 'no_capacity', refused: true, status: 400 });
    expect(await create(problem(400, `CREATE POD: ${text.toUpperCase()}`))).toMatchObject({ kind: 'no_capacity' });
  });

  test.each<[what: string, answer: Answer, kind: string]>([
    ['400 of a rule between fields', problem(400, 'exactly one of gpu and cpu must be set'), 'validation'],
    ['400 of the spending limit', problem(400, 'you have reached your spend limit of $80/hr'), 'quota'],
    ['401', problem(401, 'invalid api key'), 'unauthorized'],
    ['401 without a body', { status: 401, text: '' }, 'unauthorized'],
    ['402', problem(402, 'balance too low'), 'quota'],
    ['403 of a key without the scope', problem(403, 'the key does not grant this'), 'forbidden'],
    ['403 of the spending cap', problem(403, 'this would exceed your spending cap'), 'quota'],
    ['403 of Cloudflare', { status: 403, text: '<html>Error 1010</html>', type: 'text/html' }, 'forbidden'],
    ['403 of Cloudflare in a bare line', { status: 403, text: 'error code: 1010' }, 'forbidden'],
    ['404 of a template', problem(404, 'template not found'), 'validation'],
    ['410 of a retired generation', problem(410, 'REST v2 has been retired'), 'unsupported'],
    ['413', problem(413, 'the body is too large'), 'validation'],
    ['422 of the closed schema', problem(422, "additional properties 'bogus' not allowed"), 'validation'],
    ['429', problem(429, 'too many requests'), 'rate_limited'],
  ])('%s', async (_what, answer, kind) => {
    expect(await create(answer)).toMatchObject({ kind, refused: true });
  });

  test('each of them says what to do', async () => {
    expect((await create(problem(404, 'not found'))).message).toContain('check template, networkVolume and registry');
    expect((await create(problem(410, 'gone'))).message).toContain('remove api: v1');
    expect((await create({ status: 403, text: 'error code: 1010' })).message).toContain("Another key won't help");
  });

  test('a server that refuses connections', async () => {
    const error = await withStandIn(
      [],
      async ({ provider, url }) => {
        expect(url).toContain('127.0.0.1');
        return await refusalOf(provider.spawn(request(), context()));
      },
      { baseUrl: 'http://127.0.0.1:1' },
    );

    expect(error).toMatchObject({ kind: 'transport', refused: true });
  });
});

describe('what leaves the outcome unknown', () => {
  const text = CAPACITY[0] ?? '';

  test.each<[what: string, answer: Answer]>([
    ['500', problem(500, 'internal error')],
    ['500 with the text of no capacity: REST v2 says that with 400', problem(500, text)],
    ['502 with a page', { status: 502, text: '<html>Bad Gateway</html>', type: 'text/html' }],
    ['503', problem(503, 'busy')],
    ['504', problem(504, 'gateway timeout')],
    ['524 of Cloudflare', { status: 524, text: '<html>a timeout occurred</html>', type: 'text/html' }],
    ['400 that says nothing', problem(400, 'Something went wrong. Please try again later or contact support.')],
    ['400 with a page', { status: 400, text: '<html>no instances currently available</html>', type: 'text/html' }],
    ['400 in a bare line', { status: 400, text: 'bad request' }],
    ['404 with a page', { status: 404, text: '<html>not found</html>', type: 'text/html' }],
    ['403 with a page of another gate', { status: 403, text: '<html>forbidden</html>', type: 'text/html' }],
    ['408', problem(408, 'request timeout')],
    ['409', problem(409, 'conflict')],
    ['418', problem(418, 'a teapot')],
    ['303', { status: 303, text: '', headers: { location: '/pods/abc123' } }],
    ['202 without a pod', { status: 202, json: { status: 'accepted' } }],
    ['200 with errors, as GraphQL has them', { status: 200, json: { errors: [{ message: text }] } }],
    ['201 without an id', { status: 201, json: wirePod({ id: null }) }],
    ['201 with an empty id', { status: 201, json: wirePod({ id: '' }) }],
    ['201 without a status', { status: 201, json: wirePod({ status: undefined }) }],
    ['201 of another name', { status: 201, json: wirePod({ name: 'pk-testaaaa-other-bbbbbb-1' }) }],
    ['201 with a page', { status: 201, text: '<html></html>', type: 'text/html' }],
    ['201 with half a body', { status: 201, text: JSON.stringify(wirePod()).slice(0, 40), type: 'application/json' }],
    ['201 without a body', { status: 201, text: '' }],
    ['204', (response) => void response.writeHead(204).end()],
    ['a connection that breaks before the answer', (response) => void response.socket?.resetAndDestroy()],
    ['a connection that breaks within the answer', cutInside],
  ])('%s', async (_what, answer) => {
    const error = await create(answer);

    expect(error.refused).toBe(false);
    expect(error.kind).not.toBe('no_capacity');
  });

  test.each(['aborted', 'timeout'] as const)('no answer before the call is given up (%s)', async (how) => {
    const arrived = new AbortController();
    const signal = how === 'aborted' ? arrived.signal : AbortSignal.timeout(500);
    const error = await withStandIn([() => how === 'aborted' && arrived.abort()], ({ provider }) =>
      refusalOf(provider.spawn(request(), { signal })),
    );

    expect(error).toMatchObject({ kind: 'outcome_unknown', refused: false });
  });
});

test('REST v1 said "no capacity" with 500, and is believed for the text alone', async () => {
  const [text = ''] = CAPACITY;
  const legacy = async (error: string) =>
    await withStandIn(
      [{ status: 500, json: { error } }],
      ({ provider }) => refusalOf(provider.spawn(request(), context())),
      { api: 'v1' },
    );

  expect(await legacy(`create pod: ${text}`)).toMatchObject({ kind: 'no_capacity', refused: true });
  expect(await legacy('create pod: something went wrong')).toMatchObject({ refused: false });
});

test('a 200 with the pod is as good as a 201', async () => {
  const pod = await withStandIn([{ status: 200, json: wirePod() }], ({ provider }) =>
    provider.spawn(request(), context()),
  );

  expect(pod.id).toBe('abc123');
});

test('a 429 tells for how long to wait: the longest of Retry-After and of the windows that are used up', async () => {
  const error = await create(
    problem(429, 'too many requests', {
      'retry-after': '2',
      ratelimit: '"minute";r=0;t=12, "hour";r=10;t=900',
      'ratelimit-policy': '"minute";q=60;w=60, "hour";q=3000;w=3600',
    }),
  );

  expect(error.retryAfterMs).toBe(12_000);
});

test("an error names the vendor's id of the request", async () => {
  expect((await create(problem(500, 'internal', { 'x-request-id': 'req-42' }))).message).toContain('(request req-42)');
});

test('beforeSend is called once, synchronously before the POST; what it throws goes through and nothing is sent', async () => {
  const calls: number[] = [];
  await withStandIn([{ status: 201, json: wirePod() }], async ({ provider, seen }) => {
    await provider.spawn(request(), context({ beforeSend: () => calls.push(seen.length) }));
    expect(calls).toEqual([0]);

    const tooLate = new Error('too late');
    const beforeSend = (): never => {
      throw tooLate;
    };
    await expect(provider.spawn(request(), context({ beforeSend }))).rejects.toBe(tooLate);
    expect(seen).toHaveLength(1);
  });
});

function cutInside(response: ServerResponse): void {
  const body = JSON.stringify(wirePod());
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': body.length });
  response.write(body.slice(0, 30), () => response.socket?.destroy());
}
