import { PodkeeperError } from '../../model';
import type { TestPodkeeper, TestPodkeeperOptions } from './options';
import { createTestPodkeeper } from './testPodkeeper';

/** What a test runner calls before and after; jest's, vitest's and node:test's are alike enough. */
export interface TestHooks {
  /** Before the first test of a file. */
  beforeAll: (run: () => Promise<void>, timeoutMs?: number) => unknown;
  /** Before each test. */
  beforeEach: (run: () => Promise<void>, timeoutMs?: number) => unknown;
  /** After the last test, also when one failed. */
  afterAll: (run: () => Promise<void>, timeoutMs?: number) => unknown;
}

/** The server takes a second, and half a minute where it has to be installed first. */
const HOOK_TIMEOUT_MS = 120_000;

/**
 * One {@link TestPodkeeper} for a test file: made before its first test, reset before each, closed after the last, also when one failed.
 *
 * @param hooks of the test runner. Default: the global ones of jest, and of vitest with `globals`; for node:test
 *   `{ beforeAll: before, beforeEach, afterAll: after }`.
 * @returns what gives it to a test.
 * @throws PodkeeperError `validation` where there are no hooks.
 */
export function useTestPodkeeper(
  options: TestPodkeeperOptions = {},
  hooks: TestHooks = globalHooks(),
): () => TestPodkeeper {
  let current: TestPodkeeper | undefined;
  hooks.beforeAll(async () => {
    current = await createTestPodkeeper(options);
  }, HOOK_TIMEOUT_MS);
  hooks.beforeEach(async () => await current?.reset(), HOOK_TIMEOUT_MS);
  hooks.afterAll(async () => await current?.close(), HOOK_TIMEOUT_MS);
  return () => {
    if (current !== undefined) return current;
    throw new PodkeeperError(
      'validation',
      'the test Podkeeper is made before the first test: ask for it inside a test',
    );
  };
}

function globalHooks(): TestHooks {
  const { beforeAll, beforeEach, afterAll } = globalThis as Partial<TestHooks>;
  if (beforeAll === undefined || beforeEach === undefined || afterAll === undefined) {
    throw new PodkeeperError(
      'validation',
      'hooks: this test runner has no global beforeAll, beforeEach and afterAll: pass them as useTestPodkeeper(options, { … })',
    );
  }
  return { beforeAll, beforeEach, afterAll };
}
