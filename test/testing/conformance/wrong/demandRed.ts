import { CONFORMANCE_CHECKS } from '../../../../src/testing/conformance/checks';
import type { CheckId } from '../../../../src/testing/conformance/checks';
import { ALL_CHECKS, collect, failedOf } from '../collect';
import { TINY_KEY, TINY_PAGE, TinyCloud } from '../tinyCloud';
import type { WrongProvider } from './row';

/** How long the suite waits for what a wrong provider never does, ms. */
const PATIENCE_MS = 5_000;

/** The checks of the same group and the other expected failures; all checks with `PODKEEPER_TEST_ALL_CHECKS=1`, which takes five times as long. */
function checksFor(check: CheckId, also: readonly CheckId[]): readonly CheckId[] {
  if (process.env['PODKEEPER_TEST_ALL_CHECKS'] === '1') return ALL_CHECKS;
  const group = CONFORMANCE_CHECKS.find(({ id }) => id === check)?.group;
  return CONFORMANCE_CHECKS.filter((other) => other.group === group || also.includes(other.id)).map(({ id }) => id);
}

/** Declares a test for each wrong provider: only its own check fails. */
export function demandRed(rows: readonly WrongProvider[]): void {
  test.each(rows)('$check: a provider that $does', async ({ check, also = [], make: Wrong, options }) => {
    const cloud = new TinyCloud();
    await cloud.listen();
    try {
      const asked = checksFor(check, also);
      const outcomes = await collect(
        {
          provider: ({ baseUrl }) => new Wrong({ baseUrl: baseUrl ?? '', apiKey: TINY_KEY }),
          reset: () => cloud.reset(),
          inspect: (id) => cloud.machines.get(id),
          http: { upstream: () => cloud.url, pageSize: TINY_PAGE },
          secrets: [TINY_KEY],
          concurrency: 4,
          patienceMs: PATIENCE_MS,
          ...options,
        },
        asked,
      );
      const { ids, messages } = failedOf(outcomes);
      if (ids.join() !== [check, ...also].join()) throw new Error(`${ids.length} checks failed\n${messages}`);
      expect(outcomes.get(check)?.title).toMatch(new RegExp(`^${check}: `));
      expect(outcomes.get(check)?.message.length).toBeGreaterThan(20);
    } finally {
      await cloud.close();
    }
  });
}
