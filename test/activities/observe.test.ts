import type { RequestListener } from 'node:http';
import { observePod } from '../../src/activities/poll';
import { POLL_AGAIN, PodkeeperError } from '../../src/model';
import type { HealthCheck, PollInput, Pod, PodEndpoint } from '../../src/model';
import type { Account } from '../../src/accounts';
import { closedPort, withHttp, withTcp } from '../support/listening';
import { NAME, cloud, lookInput, settingsOf, specOf } from './fixtures';
import { answerOf, failureOf, tryOnce } from './tries';

const HTTP: HealthCheck = { kind: 'http', port: 8000, path: '/health', status: null };
const TCP: HealthCheck = { kind: 'tcp', port: 8000 };

function observe(account: Account, podId: string, changes: Partial<PollInput> = {}) {
  return () => observePod(account, lookInput(podId, changes));
}

/** Where port 8000 of a pod is reached. */
function endpoint(externalPort: number, protocol: 'http' | 'tcp' = 'http', port = 8000): PodEndpoint {
  const host = '127.0.0.1';
  return { port, protocol, host, externalPort, url: `${protocol}://${host}:${externalPort}` };
}

/** A running pod of a cloud with these endpoints. */
function running(endpoints: PodEndpoint[]) {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  pod.endpoints = endpoints;
  return { provider, account, pod };
}

/** One look at a pod that serves this on port 8000. */
async function lookAtServed(listener: RequestListener, health: HealthCheck, callTimeoutMs = 30_000) {
  return await withHttp(listener, async ({ port }) => {
    const { account, pod } = running([endpoint(port)]);
    const spec = specOf({ health });
    const made = await tryOnce(observe(account, pod.id, { spec, settings: settingsOf({ callTimeoutMs }) }));
    return { ...made, pod };
  });
}

describe('a pod that is healthy by its status', () => {
  test('is healthy as soon as its provider says running', async () => {
    const { account, pod } = running([]);
    expect(await answerOf(observe(account, pod.id))).toEqual({ outcome: 'healthy', pod });
  });

  test.each(['provisioning', 'unknown'] as const)('isn’t while its provider says %s', async (status) => {
    const { account, pod } = running([]);
    pod.status = status;
    const { failure, memory } = await tryOnce(observe(account, pod.id));
    expect(failure).toMatchObject({ type: POLL_AGAIN, message: status, nextRetryDelay: 5_000 });
    expect(memory.observation).toMatchObject({ status, message: status });
  });

  test('shows what its provider says beside', async () => {
    const { account, pod } = running([]);
    pod.status = 'provisioning';
    pod.statusDetail = 'pulling the image';
    expect(await failureOf(observe(account, pod.id))).toMatchObject({ message: 'provisioning: pulling the image' });
  });

  test('shows no more of it than a line', async () => {
    const { account, pod } = running([]);
    pod.status = 'provisioning';
    pod.statusDetail = `<html>\n${'x'.repeat(10_000)}`;
    const { failure, memory } = await tryOnce(observe(account, pod.id));
    expect(failure?.message).toHaveLength(500);
    expect(memory.observation?.message).toHaveLength(500);
  });
});

describe('a pod that is probed over HTTP', () => {
  test('is healthy when its port answers', async () => {
    const asked: (string | undefined)[] = [];
    const { answer, pod } = await lookAtServed((request, response) => {
      asked.push(request.url);
      response.writeHead(200).end();
    }, HTTP);
    expect(answer).toEqual({ outcome: 'healthy', pod });
    expect(asked).toEqual(['/health']);
  });

  test.each([503, 404, 302])('isn’t when its port answers %i', async (status) => {
    const { failure } = await lookAtServed(
      (request, response) => response.writeHead(request.url === '/login' ? 200 : status, { location: '/login' }).end(),
      HTTP,
    );
    expect(failure).toMatchObject({ type: POLL_AGAIN, nextRetryDelay: 5_000 });
    expect(failure?.message).toMatch(new RegExp(`^running; GET http://127.0.0.1:\\d+/health answered ${status}$`));
  });

  test('is healthy by exactly the status that its spec names', async () => {
    const health = { ...HTTP, status: 401 };
    expect((await lookAtServed((_request, response) => response.writeHead(401).end(), health)).answer).toBeDefined();
    expect((await lookAtServed((_request, response) => response.writeHead(200).end(), health)).answer).toBeUndefined();
  });

  test('isn’t when its port hangs, and the look ends in time', async () => {
    const begun = performance.now();
    const { failure } = await lookAtServed(() => undefined, HTTP, 100);
    expect(failure?.message).toContain('no answer within');
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  test('isn’t when its port is closed', async () => {
    const { account, pod } = running([endpoint(await closedPort())]);
    const failure = await failureOf(observe(account, pod.id, { spec: specOf({ health: HTTP }) }));
    expect(failure.message).toContain('ECONNREFUSED');
  });

  test('is healthy at ::1 where it listens only there, which is its address from then on', async () => {
    await withHttp(
      (_request, response) => response.writeHead(200).end(),
      async ({ port }) => {
        const { account, pod } = running([endpoint(port)]);
        const answer = await answerOf(observe(account, pod.id, { spec: specOf({ health: HTTP }) }));
        expect(answer).toMatchObject({
          outcome: 'healthy',
          pod: { endpoints: [{ host: '[::1]', url: `http://[::1]:${port}` }] },
        });
      },
      '::1',
    );
  });

  test('waits for as long as its spec says', async () => {
    const slow: RequestListener = (_request, response) => void setTimeout(() => response.writeHead(200).end(), 300);
    const impatient = await lookAtServed(slow, { ...HTTP, timeoutMs: 100 });
    expect(impatient.failure?.message).toContain('no answer within 100ms');
    expect((await lookAtServed(slow, { ...HTTP, timeoutMs: 5_000 })).answer).toBeDefined();
  });

  test('isn’t before the provider tells an address', async () => {
    const { account, pod } = running([endpoint(1, 'http', 9_000)]);
    const failure = await failureOf(observe(account, pod.id, { spec: specOf({ health: HTTP }) }));
    expect(failure.message).toBe('running; port 8000 has no address yet');
  });

  test('isn’t probed before its provider says running', async () => {
    let asked = 0;
    await withHttp(
      (_request, response) => {
        asked += 1;
        response.writeHead(200).end();
      },
      async ({ port }) => {
        const { account, pod } = running([endpoint(port)]);
        pod.status = 'provisioning';
        await failureOf(observe(account, pod.id, { spec: specOf({ health: HTTP }) }));
      },
    );
    expect(asked).toBe(0);
  });

  test('is probed where the URL of its endpoint says, also below a path', async () => {
    const asked: (string | undefined)[] = [];
    await withHttp(
      (request, response) => {
        asked.push(request.url);
        response.writeHead(200).end();
      },
      async ({ port, url }) => {
        const { account, pod } = running([{ ...endpoint(port), url: `${url}/proxy/pod-1/` }]);
        await answerOf(observe(account, pod.id, { spec: specOf({ health: HTTP }) }));
      },
    );
    expect(asked).toEqual(['/proxy/pod-1/health']);
  });

  test('may have a TCP port only', async () => {
    await withHttp(
      (_request, response) => response.writeHead(200).end(),
      async ({ port }) => {
        const { account, pod } = running([endpoint(port, 'tcp')]);
        const answer = await answerOf(observe(account, pod.id, { spec: specOf({ health: HTTP }) }));
        expect(answer).toMatchObject({ outcome: 'healthy' });
      },
    );
  });

  test('is probed at its HTTP endpoint where it has both', async () => {
    await withHttp(
      (_request, response) => response.writeHead(200).end(),
      async ({ port }) => {
        const { account, pod } = running([endpoint(await closedPort(), 'tcp'), endpoint(port, 'http')]);
        const answer = await answerOf(observe(account, pod.id, { spec: specOf({ health: HTTP }) }));
        expect(answer).toMatchObject({ outcome: 'healthy' });
      },
    );
  });
});

describe('a pod that is probed over TCP', () => {
  const spec = specOf({ health: TCP });

  test('is healthy when its port takes a connection', async () => {
    await withTcp(
      (socket) => socket.resume(),
      async ({ port }) => {
        const { account, pod } = running([endpoint(port, 'tcp')]);
        expect(await answerOf(observe(account, pod.id, { spec }))).toEqual({ outcome: 'healthy', pod });
      },
    );
  });

  test('isn’t when its port is closed', async () => {
    const { account, pod } = running([endpoint(await closedPort(), 'tcp')]);
    expect((await failureOf(observe(account, pod.id, { spec }))).message).toMatch(/^running; TCP .*ECONNREFUSED$/);
  });

  // A provider's HTTP proxy takes connections whether or not anything listens behind it.
  test('isn’t by a connection to its HTTP proxy', async () => {
    await withHttp(
      (_request, response) => response.writeHead(502).end(),
      async ({ port }) => {
        const { account, pod } = running([endpoint(port, 'http'), endpoint(await closedPort(), 'tcp')]);
        expect((await failureOf(observe(account, pod.id, { spec }))).message).toContain('ECONNREFUSED');
        pod.endpoints = [endpoint(port, 'http')];
        account.invalidate();
        expect((await failureOf(observe(account, pod.id, { spec }))).message).toContain('has no address yet');
      },
    );
  });
});

test('status and address come from one reply: neither is remembered, and no other call is made', async () => {
  await withHttp(
    (_request, response) => response.writeHead(200).end(),
    async ({ port }) => {
      const { provider, account, pod } = running([]);
      const get = jest.spyOn(provider, 'get');
      const look = observe(account, pod.id, { spec: specOf({ health: HTTP }) });
      const replies: Partial<Pod>[] = [
        { status: 'provisioning', endpoints: [endpoint(port)] },
        { status: 'running', endpoints: [] },
        { status: 'unknown', endpoints: [endpoint(port)] },
      ];
      for (const reply of replies) {
        Object.assign(pod, reply);
        account.invalidate();
        expect(await failureOf(look)).toMatchObject({ type: POLL_AGAIN });
      }
      Object.assign(pod, { status: 'running', endpoints: [endpoint(port)] });
      account.invalidate();
      expect(await answerOf(look)).toEqual({ outcome: 'healthy', pod });
      expect(get).not.toHaveBeenCalled();
    },
  );
});

describe('a list that fails', () => {
  test.each(['transport', 'timeout', 'provider', 'unknown'] as const)(
    'as %s says nothing about the pod',
    async (kind) => {
      const { provider, account, pod } = running([]);
      provider.meet('list', () => {
        throw new PodkeeperError(kind, 'the list failed');
      });
      const failure = await failureOf(observe(account, pod.id));
      expect(failure).toMatchObject({ type: kind, message: 'the list failed', nextRetryDelay: 5_000 });
      expect(await answerOf(observe(account, pod.id), { attempt: 2 })).toMatchObject({ outcome: 'healthy' });
    },
  );

  test('for being asked too often waits as long as the provider asks', async () => {
    const { provider, account, pod } = running([]);
    provider.meet('list', () => {
      throw new PodkeeperError('rate_limited', 'slow down', { retryAfterMs: 42_000 });
    });
    expect(await failureOf(observe(account, pod.id))).toMatchObject({ type: 'rate_limited', nextRetryDelay: 42_000 });
  });

  test('for a refused key raises one alarm, then is tried again quietly', async () => {
    const { provider, account, pod } = running([]);
    provider.always('list', () => {
      throw new PodkeeperError('unauthorized', 'the key was refused');
    });
    expect(await answerOf(observe(account, pod.id))).toMatchObject({ outcome: 'alarm', kind: 'unauthorized' });
    const quietly = observe(account, pod.id, { alarmsReported: ['unauthorized'] });
    expect(await failureOf(quietly)).toMatchObject({ type: 'unauthorized' });
    provider.always('list', undefined);
    expect(await answerOf(quietly)).toMatchObject({ outcome: 'healthy' });
  });

  test('that succeed again, with nothing to say yet, clear the alarms', async () => {
    const { account, pod } = running([]);
    pod.status = 'provisioning';
    expect(await answerOf(observe(account, pod.id, { alarmsReported: ['unauthorized'] }))).toMatchObject({
      outcome: 'cleared',
    });
    expect(await failureOf(observe(account, pod.id))).toMatchObject({ type: 'poll_again' });
  });

  test('with a page of HTML puts no more than a line into the history', async () => {
    const { provider, account, pod } = running([]);
    provider.meet('list', () => {
      throw new Error(`<html>\n${'x'.repeat(10_000)}`);
    });
    expect((await failureOf(observe(account, pod.id))).message).toHaveLength(500);
  });
});
