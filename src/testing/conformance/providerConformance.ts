import { PodkeeperError } from '../../model';
import { CONFORMANCE_CHECKS } from './checks';
import { testTimeoutMs } from './limits';
import { RUNS } from './groups';
import type { ConformanceGroup, ConformanceOptions, ConformanceRunner } from './options';
import { reasonToSkip } from './skips';
import { Trial } from './trial';

/**
 * Declares the tests that every provider has to pass, one for each of {@link CONFORMANCE_CHECKS}. Call it once in a test file of jest, vitest or `node:test`.
 * Checks that don't apply, because of the provider's capabilities or missing options, are skipped, with the reason in their name.
 *
 * With jest, or vitest with `globals: true`, nothing else is needed. Otherwise pass the framework as `runner`: `import * as runner from 'node:test'` (or
 * `'vitest'`).
 *
 * @throws PodkeeperError `validation` if there is no test framework.
 */
export function providerConformance(options: ConformanceOptions): void {
  const { describe, test } = runnerOf(options);
  // Makes no call. Only its name and capabilities are used.
  const provider = options.provider({ baseUrl: nowhere(options), jobsUrl: nowhere(options) });
  const timeoutMs = testTimeoutMs(options, provider);
  describe(options.title ?? `conformance of the provider ${provider.name}`, () => {
    for (const group of new Set<ConformanceGroup>(CONFORMANCE_CHECKS.map((check) => check.group))) {
      describe(group, () => {
        for (const check of CONFORMANCE_CHECKS.filter((of) => of.group === group)) {
          const title = `${check.id}: ${check.demands}`;
          const reason = reasonToSkip(check, provider, options);
          const run = async (): Promise<void> => Trial.run(options, RUNS[check.id]);
          if (reason === null) test(title, run, timeoutMs);
          else test.skip(`${title} (skipped: ${reason})`, run);
        }
      });
    }
  });
}

/** RFC 6761: names below `.invalid` never resolve. */
const NOWHERE = 'http://podkeeper.invalid';

function nowhere({ http }: ConformanceOptions): string | null {
  return http === undefined ? null : NOWHERE;
}

function runnerOf({ runner }: ConformanceOptions): ConformanceRunner {
  const globals: object = globalThis;
  const found: Partial<ConformanceRunner> = runner ?? globals;
  if (typeof found.describe === 'function' && typeof found.test === 'function') {
    return { describe: found.describe, test: found.test };
  }
  const why = runner === undefined ? 'there is no global describe and test' : 'it has no describe and test';
  const instead = "import * as runner from 'node:test' (or 'vitest') and pass it as the option runner";
  throw new PodkeeperError('validation', `runner: ${why}: run this in jest, or ${instead}`, {
    details: [{ path: 'runner', message: why }],
  });
}
