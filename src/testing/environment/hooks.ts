import { PodkeeperError } from '../../model';
import type { TestPodkeeper, TestPodkeeperOptions } from './options';
import { createTestPodkeeper } from './testPodkeeper';

/** A test runner's hooks, as in jest, vitest and node:test. */
export interface TestHooks {
  /** Before the first test of a file. */
  beforeAll: (run: () => Promise<void>, timeoutMs?: number) => unknown;
  /** Before each test. */
  beforeEach: (run: () => Promise<void>, timeoutMs?: number) => unknown;
  /** After the last test, also when one failed. */
  afterAll: (run: () => Promise<void>, timeoutMs?: number) => unknown;
}

/** Timeout of the hooks, ms. The server starts in a second; installing it first takes half a minute. */
const HOOK_TIMEOUT_MS = 120_000;

/**
 * Provides one {@link TestPodkeeper} for a test file: created before the first test, reset before each, closed after the last, also after failures.
 *
 * @param hooks the test runner's hooks. Default: the global ones, as in jest and in vitest with `globals`. For node:test, pass
 *   `{ beforeAll: before, beforeEach, afterAll: after }`.
 * @returns a function that returns it inside a test
 * @throws PodkeeperError `validation` if there are no hooks
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
      'the test Podkeeper is created before the first test: call this function inside a test',
    );
  };
}

function globalHooks(): TestHooks {
  const { beforeAll, beforeEach, afterAll } = globalThis as Partial<TestHooks>;
  if (beforeAll === undefined || beforeEach === undefined || afterAll === undefined) {
    throw new PodkeeperError(
      'validation',
      'hooks: this test runner has no global beforeAll, beforeEach and afterAll: pass them, useTestPodkeeper(options, { … })',
    );
  }
  return { beforeAll, beforeEach, afterAll };
}
