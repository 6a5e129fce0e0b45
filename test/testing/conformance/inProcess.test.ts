import { type ErrorKind, PodkeeperError } from '../../../src/model';
import { CONFORMANCE_CHECKS } from '../../../src/testing/conformance';
import type { CheckId } from '../../../src/testing/conformance/checks';
import { collect, failedOf } from './collect';
import { inProcess } from './inProcess';
import { TinyCloud } from './tinyCloud';
import { type Reply, TinyProvider } from './tinyProvider';

const cloud = new TinyCloud();
beforeAll(async () => cloud.listen());
afterAll(async () => cloud.close());

test('a provider in process passes; what needs a wire is skipped, and says so', async () => {
  const outcomes = await collect(inProcess(cloud, (make) => make));
  expect(failedOf(outcomes)).toEqual({ ids: [], messages: '' });
  const skipped = [...outcomes].filter(([, { outcome }]) => outcome === 'skipped').map(([id]) => id);
  const onTheWire = CONFORMANCE_CHECKS.filter(({ wire }) => wire === 'http').map(({ id }) => id);
  expect(skipped.sort()).toEqual([...onTheWire, 'identity-unsupported'].sort());
  for (const id of onTheWire) {
    expect(outcomes.get(id)?.title).toMatch(/ \(skipped: the option http is not set\)$/);
  }
});

test('without its hook a check is skipped, and names the hook', async () => {
  const outcomes = await collect({ ...inProcess(cloud, (make) => make), faults: {} });
  expect(outcomes.get('create-not-sent')?.title).toMatch(/ \(skipped: the option faults\.createNotSent is not set\)$/);
  expect(failedOf(outcomes).ids).toEqual([]);
});

/** A rejection with another kind. */
function mistaking(status: number, kind: ErrorKind, refused: boolean): typeof TinyProvider {
  return class extends TinyProvider {
    protected override refusal(reply: Reply, sure?: boolean): PodkeeperError {
      if (reply.status !== status) return super.refusal(reply, sure);
      return new PodkeeperError(kind, 'a mistake', { refused, retryAfterMs: this.wait(reply.retryAfter) });
    }
  };
}

test.each<[CheckId[], string, typeof TinyProvider]>([
  [
    ['create-no-answer'],
    'takes silence for a refusal',
    class extends TinyProvider {
      protected override transportError(error: unknown, signal: AbortSignal): PodkeeperError {
        if (signal.aborted) return this.error('timeout', 'no answer', { refused: true });
        return super.transportError(error, signal);
      }
    },
  ],
  [['create-error'], 'takes an error for a refusal', mistaking(500, 'provider', true)],
  [
    ['create-not-sent'],
    'leaves open what was never sent',
    class extends TinyProvider {
      protected override transportError(_error: unknown, signal: AbortSignal): PodkeeperError {
        return this.error(signal.aborted ? 'timeout' : 'transport', 'no answer');
      }
    },
  ],
  [['create-unauthorized'], 'leaves a 401 open', mistaking(401, 'unauthorized', false)],
  [['create-rate-limited'], 'leaves a 429 open', mistaking(429, 'rate_limited', false)],
  [['errors-forbidden'], 'takes a 403 for a wrong key', mistaking(403, 'unauthorized', true)],
  [['errors-not-gone'], 'takes an error for a pod that is gone', mistaking(500, 'not_found', false)],
  [
    ['ends-failed'],
    'takes a busy pod for an ended one',
    class extends TinyProvider {
      override async terminate(...call: Parameters<TinyProvider['terminate']>): Promise<void> {
        await super.terminate(...call).catch((error: PodkeeperError) => {
          if (error.kind !== 'conflict') throw error;
        });
      }
    },
  ],
  [
    ['lists-fails'],
    'takes a failed list for an empty one',
    class extends TinyProvider {
      override async list(...call: Parameters<TinyProvider['list']>): ReturnType<TinyProvider['list']> {
        return await super.list(...call).catch((error: PodkeeperError) => {
          if (error.kind !== 'provider') throw error;
          return [];
        });
      }
    },
  ],
  [
    ['pods-unknown-status'],
    'takes an unknown status for an end',
    class extends TinyProvider {
      protected override status(word: unknown): ReturnType<TinyProvider['status']> {
        return word === 'bewitched' ? 'terminated' : super.status(word);
      }
    },
  ],
])('%j finds a provider in process that %s', async (checks, _does, Wrong) => {
  const outcomes = await collect({ ...inProcess(cloud, () => Wrong), patienceMs: 2_000 });
  expect(failedOf(outcomes)).toMatchObject({ ids: checks });
});
