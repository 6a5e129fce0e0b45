import type { ConformanceFaults, ConformanceOptions } from '../../../src/testing/conformance';
import type { CallContext } from '../../../src/providers/contract';
import { type TinyCloud, TINY_KEY } from './tinyCloud';
import { type Reply, type Sent, TinyProvider } from './tinyProvider';

type Answer = (send: () => Promise<Reply>, signal: AbortSignal) => Promise<Reply>;

/**
 * The tiny cloud without HTTP access for the suite: faults are injected by hooks.
 * `wrong` is mixed into the provider.
 */
export function inProcess(
  cloud: TinyCloud,
  wrong: (make: typeof TinyProvider) => typeof TinyProvider,
): ConformanceOptions {
  const next = new Map<string, Answer>();

  class InProcess extends wrong(TinyProvider) {
    protected override async exchange(sent: Sent, context: CallContext): Promise<Reply> {
      const call = callOf(sent);
      const answer = next.get(call);
      next.delete(call);
      if (answer === undefined || context.signal.aborted) return await super.exchange(sent, context);
      return await answer(async () => super.exchange(sent, context), context.signal).catch((error: unknown) => {
        throw this.transportError(error, context.signal);
      });
    }
  }

  const status = (code: number, retryAfter: string | null = null): Answer => {
    return async () => ({ status: code, text: '{}', retryAfter });
  };
  const noAnswer: Answer = async (_send, signal) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
    );
  const after: (then: Answer) => Answer = (then) => async (send, signal) => {
    await send();
    return await then(send, signal);
  };
  const reads = { no_answer: noAnswer, error: status(500), unauthorized: status(401), forbidden: status(403) };
  const failed = { ...reads, rate_limited: status(429), busy: status(409) };
  const faults: Required<ConformanceFaults> = {
    createExecutedThenNoAnswer: () => void next.set('create', after(noAnswer)),
    createExecutedThenError: () => void next.set('create', after(status(500))),
    createNotSent: () =>
      void next.set('create', async () => {
        throw Object.assign(new Error('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
      }),
    createRateLimited: (ms) => void next.set('create', status(429, String(ms / 1_000))),
    createUnauthorized: () => void next.set('create', status(401)),
    terminateFails: (how) => void next.set('terminate', failed[how]),
    listFails: (how) => void next.set('list', failed[how]),
    getFails: (how) => void next.set('get', failed[how]),
    unknownStatus: (id) => {
      const machine = cloud.machines.get(id);
      if (machine !== undefined) Object.assign(machine, { state: 'bewitched' });
    },
  };
  return {
    provider: () => new InProcess({ baseUrl: cloud.url, apiKey: TINY_KEY }),
    reset: () => {
      cloud.reset();
      next.clear();
    },
    inspect: (id) => cloud.machines.get(id),
    faults,
    secrets: [TINY_KEY],
  };
}

function callOf({ method, path }: Sent): string {
  if (method === 'DELETE') return 'terminate';
  if (method === 'POST') return path === '/machines' ? 'create' : '';
  return path.startsWith('/machines?') ? 'list' : 'get';
}
