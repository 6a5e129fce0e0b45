import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sliceOf } from '../size';
import { MUTANTS } from './mutants';
import { judge } from './plant';
import type { Verdict } from './plant';

const PATCHES = join(__dirname, 'patches');
/** Number of mutants in a slice. */
const SLICE = 8;

test('each safeguard has a patch that takes it out, and each patch is one of these', () => {
  expect(readdirSync(PATCHES).toSorted()).toEqual(MUTANTS.map(({ id }) => `${id}.patch`).toSorted());
});

const verdicts = new Map<string, Verdict>();
afterAll(() => {
  const rows = MUTANTS.flatMap(({ id, what, test }) => {
    const verdict = verdicts.get(id);
    if (verdict === undefined) return [];
    return `${verdict.red > 0 ? 'red  ' : 'GREEN'} ${id.padEnd(28)} ${what}\n      ${test}\n`;
  });
  process.stdout.write(rows.join(''));
});

test.concurrent.each(sliceOf(MUTANTS, SLICE).map((mutant) => [mutant.id, mutant] as const))(
  '%s turns the suite red',
  async (_id, mutant) => {
    const verdict = await judge(mutant);
    verdicts.set(mutant.id, verdict);
    expect(verdict.ran).toBeGreaterThan(0);
    expect(verdict.red).toBeGreaterThan(0);
  },
  180_000,
);
