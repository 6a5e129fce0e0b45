import { concurrently } from '../../../src/model';
import { requireFreshBuild } from '../../support/e2eBuild';
import { createThenRecordScenario, makeRentalBuild } from './createThenRecordScenario';
import type { RentalBuild } from './createThenRecordScenario';
import { attempt, planOf, record } from './trials';

/*
 * Tests this suite itself: the same crash points, trials and judge, with a program that leaks (create, then record, terminate once).
 */

let build: RentalBuild;
const LIMIT_MS = 300_000;

beforeAll(() => {
  requireFreshBuild();
  build = makeRentalBuild();
});
afterAll(() => build.remove());

test(
  'a pod that is recorded only after its create leaks wherever its owner dies in between, and nowhere else',
  async () => {
    const scenario = createThenRecordScenario(build, { deleteFails: false });
    const trials = planOf([{ scenario, places: await record(scenario) }]);
    const verdicts = await concurrently(trials, 2, attempt);
    const outcomes = verdicts.map(({ place: { point, side }, outcome }) => `${side} ${point}: ${outcome}`);
    expect(outcomes.toSorted()).toEqual(
      [
        // Nothing has been created.
        'before createThenRecord.ts rent 1: clean',
        // Created, but not recorded.
        'after createThenRecord.ts rent 1: failed',
        'before createThenRecord.ts rent 2: failed',
        // Recorded, so the next owner ends it.
        'after createThenRecord.ts rent 2: clean',
        'before createThenRecord.ts rent 3: clean',
        'after createThenRecord.ts rent 3: clean',
        'before createThenRecord.ts rent 4: clean',
        'after createThenRecord.ts rent 4: clean',
        'before createThenRecord.ts end 1: clean',
        'after createThenRecord.ts end 1: clean',
      ].toSorted(),
    );
  },
  LIMIT_MS,
);

test(
  'a delete that failed once is a leak, without any death',
  async () => {
    await expect(record(createThenRecordScenario(build, { deleteFails: true }))).rejects.toThrow(/^left: pk-/);
  },
  LIMIT_MS,
);
