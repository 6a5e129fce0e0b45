import { type CheckId, CONFORMANCE_CHECKS } from '../../../src/testing/conformance/checks';
import { type ConformanceOptions, type ConformanceTest, providerConformance } from '../../../src/testing/conformance';

/** A check's outcome: `passed`, `skipped`, or the message of its failure. */
export type Outcomes = Map<string, { title: string; outcome: 'passed' | 'skipped' | 'failed'; message: string }>;

/** Runs the suite, or some of its checks, in a minimal test framework, and returns the outcomes. */
export async function collect(options: ConformanceOptions, only: readonly CheckId[] = ALL_CHECKS): Promise<Outcomes> {
  const tests: { title: string; run: () => Promise<void>; skipped: boolean }[] = [];
  const test: ConformanceTest = Object.assign(
    (title: string, run: () => Promise<void>) => tests.push({ title, run, skipped: false }),
    { skip: (title: string, run: () => Promise<void>) => tests.push({ title, run, skipped: true }) },
  );
  providerConformance({ ...options, runner: { describe: (_name, declare) => declare(), test } });
  const outcomes: Outcomes = new Map();
  for (const { title, run, skipped } of tests) {
    const id = title.slice(0, title.indexOf(':'));
    if (!only.some((wanted) => wanted === id)) continue;
    if (skipped) {
      outcomes.set(id, { title, outcome: 'skipped', message: title });
      continue;
    }
    try {
      await run();
      outcomes.set(id, { title, outcome: 'passed', message: '' });
    } catch (error) {
      outcomes.set(id, { title, outcome: 'failed', message: messageOf(error) });
    }
  }
  return outcomes;
}

/** The failed checks and their messages. */
export function failedOf(outcomes: Outcomes): { ids: string[]; messages: string } {
  const failed = [...outcomes].filter(([, { outcome }]) => outcome === 'failed');
  return { ids: failed.map(([id]) => id), messages: failed.map(([id, { message }]) => `${id}: ${message}`).join('\n') };
}

export const ALL_CHECKS: readonly CheckId[] = CONFORMANCE_CHECKS.map(({ id }) => id);

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
