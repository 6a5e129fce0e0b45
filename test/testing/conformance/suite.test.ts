import { type Pod, PodkeeperError } from '../../../src/model';
import type { CallContext, ListFilter, PodRequest } from '../../../src/providers/contract';
import { CONFORMANCE_CHECKS, type ConformanceOptions, providerConformance } from '../../../src/testing/conformance';
import { until } from '../../support/until';
import { ALL_CHECKS, collect, failedOf } from './collect';
import { TINY_KEY, TINY_PAGE, TinyCloud } from './tinyCloud';
import { TinyProvider } from './tinyProvider';

const cloud = new TinyCloud();
beforeAll(async () => cloud.listen());
afterAll(async () => cloud.close());

const PAUSABLE = new TinyProvider({ baseUrl: '', apiKey: TINY_KEY });

/** The identity checks that fail for a provider with other methods. */
async function collectedRed(methods: object): Promise<string[]> {
  const provider: ConformanceOptions['provider'] = ({ baseUrl }) =>
    Object.assign(new TinyProvider({ baseUrl: baseUrl ?? '', apiKey: TINY_KEY }), methods);
  return failedOf(await collect({ ...options(), provider }, ['identity-flags', 'identity-unsupported'])).ids;
}

function options(make: typeof TinyProvider = TinyProvider): ConformanceOptions {
  return {
    provider: ({ baseUrl }) => new make({ baseUrl: baseUrl ?? '', apiKey: TINY_KEY }),
    reset: () => cloud.reset(),
    inspect: (id) => cloud.machines.get(id),
    http: { upstream: () => cloud.url, pageSize: TINY_PAGE },
    secrets: [TINY_KEY],
    concurrency: 4,
  };
}

test('every check is a test that begins with its id and what it demands', async () => {
  const outcomes = await collect(options());
  expect([...outcomes.keys()]).toEqual(ALL_CHECKS);
  for (const { id, demands } of CONFORMANCE_CHECKS) {
    expect(outcomes.get(id)?.title.startsWith(`${id}: ${demands}`)).toBe(true);
  }
  expect(failedOf(outcomes)).toEqual({ ids: [], messages: '' });
});

test('the suite leaves no server, no connection and no pod behind', async () => {
  const open = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap' || name === 'TCPSocketWrap').length;
  const before = open();
  await collect(options(), ['pods-spawn', 'create-no-answer', 'create-reset', 'bounds-deadline', 'bounds-drip']);
  await until('all sockets are closed', () => open() <= before);
  expect([...cloud.machines.values()].filter(({ state }) => state !== 'deleted')).toEqual([]);
});

test('a provider without pauses needs no methods for them', async () => {
  class Unpausable extends TinyProvider {
    override readonly capabilities = new Set([...PAUSABLE.capabilities].filter((word) => word !== 'stop'));
  }
  const provider: ConformanceOptions['provider'] = ({ baseUrl }) =>
    Object.assign(new Unpausable({ baseUrl: baseUrl ?? '', apiKey: TINY_KEY }), { stop: undefined, start: undefined });
  const about = ['identity-flags', 'identity-unsupported', 'pods-stop', 'ends-start', 'errors-stop-unknown'] as const;
  const outcomes = await collect({ ...options(), provider }, about);
  expect(failedOf(outcomes)).toEqual({ ids: [], messages: '' });
  expect([...outcomes].flatMap(([id, { outcome }]) => (outcome === 'passed' ? [id] : []))).toEqual(['identity-flags']);
  expect(await collectedRed({ stop: undefined })).toEqual(['identity-flags']);
});

test('what never comes is missed within seconds, where nobody says that the list lags', async () => {
  class Blind extends TinyProvider {
    override readonly listLagMs = undefined;
    protected override matches(): boolean {
      return false;
    }
  }
  const startedAt = performance.now();
  const outcomes = await collect(options(Blind), ['lists-found', 'create-no-answer']);
  expect(failedOf(outcomes).ids).toEqual(['lists-found', 'create-no-answer']);
  expect(failedOf(outcomes).messages).toContain("the provider's listLagMs");
  expect(performance.now() - startedAt).toBeLessThan(30_000);
}, 180_000);

test('outside of a test framework the suite says what to hand over', () => {
  const runner = { describe: undefined, test: undefined } as unknown as NonNullable<ConformanceOptions['runner']>;
  expect(() => providerConformance({ ...options(), runner })).toThrow(PodkeeperError);
  expect(() => providerConformance({ ...options(), runner })).toThrow(
    "runner: it has no describe and test: run this in jest, or import * as runner from 'node:test'",
  );
});

describe('a cloud in virtual time, whose list shows a pod so late', () => {
  let now = 0;

  function lagging(lagMs: number): typeof TinyProvider {
    const seenFrom = new Map<string, number>();
    return class extends TinyProvider {
      override readonly listLagMs = 60_000;
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        seenFrom.set(request.name, now + lagMs);
        return await super.spawn(request, context);
      }
      protected override matches(pod: Pod, filter: ListFilter): boolean {
        return (seenFrom.get(pod.name) ?? Infinity) <= now && super.matches(pod, filter);
      }
    };
  }

  const advance = (ms: number): void => {
    now += ms;
  };

  test.each([
    [59_000, []],
    [3_600_000, ['lists-found']],
  ])('%d ms late: red is %j', async (lagMs, red) => {
    const outcomes = await collect({ ...options(lagging(lagMs)), advance }, [
      'lists-found',
      'ends-terminate',
      'pods-stop',
    ]);
    expect(failedOf(outcomes).ids).toEqual(red);
  });
});
