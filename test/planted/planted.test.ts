import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sliceOf } from '../faults/size';
import { startTypeScript } from '../support/typeScriptProcess';
import { PLANTED_BUGS } from './bugs';
import { plant } from './support/plantedCopy';

const RUNNER = join(__dirname, 'support', 'runChecks.ts');
const PATCHES = join(__dirname, 'patches');
/** How many of the bugs a slice plants. */
const SLICE = 8;

interface Outcome {
  ran: number;
  /** By check, the message. */
  failed: Record<string, string>;
}

/** For how long a check waits for what has to come. What a bug keeps from coming need not be waited for so long. */
const PATIENCE_MS = { without: 20_000, planted: 3_000 };

async function run(patch: string | null, target: string, checks: readonly string[]): Promise<Outcome> {
  const patienceMs = patch === null ? PATIENCE_MS.without : PATIENCE_MS.planted;
  const copy = plant(patch);
  try {
    const process = startTypeScript(RUNNER, [copy.directory, target, `${patienceMs}`, ...checks]);
    const outcome = JSON.parse(await process.nextLine()) as Outcome;
    await process.ended;
    return outcome;
  } finally {
    copy.remove();
  }
}

test('there are at least 20, each with a patch of its own, and no patch without', () => {
  expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(20);
  expect(readdirSync(PATCHES).toSorted()).toEqual(PLANTED_BUGS.map(({ id }) => `${id}.patch`).toSorted());
});

test.each([...new Set(PLANTED_BUGS.map(({ target }) => target))])(
  'without a patch the suite of %s is green',
  async (target) => {
    const checks = PLANTED_BUGS.filter((bug) => bug.target === target).map(({ check }) => check);
    const { ran, failed } = await run(null, target, checks);
    expect(failed).toEqual({});
    expect(ran).toBe(new Set(checks).size);
  },
  120_000,
);

test.concurrent.each(sliceOf(PLANTED_BUGS, SLICE).map((bug) => [bug.id, bug.check, bug] as const))(
  '%s turns %s red',
  async (id, check, { target }) => {
    expect(existsSync(join(PATCHES, `${id}.patch`))).toBe(true);
    const { failed } = await run(`${id}.patch`, target, [check]);
    expect(Object.keys(failed)).toEqual([check]);
  },
  120_000,
);
