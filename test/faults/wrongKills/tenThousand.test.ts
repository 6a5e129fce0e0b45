import { MAX_ENDS_A_SWEEP, reaperBound } from '../../../src/model';
import { SweepStage } from '../../support/sweepStage';

const MINUTE = 60_000;
const PODS = 10_000;

test('10,000 pods of which one in a hundred is an orphan: these end, 50 a sweep and within the bound, and no other', async () => {
  // A shorter grace, for fewer sweeps.
  const stage = new SweepStage({ settings: { sweepGraceMs: MINUTE } });
  const orphans: string[] = [];
  for (let number = 0; number < PODS; number += 1) {
    const pod = await stage.claim(`render-${number}`);
    // Alternately delete and terminate the workflow.
    if (number % 200 === 50) stage.temporal.delete(`render-${number}`);
    if (number % 200 === 150) stage.temporal.close(`render-${number}`);
    if (number % 100 === 50) orphans.push(pod);
  }
  const begin = stage.clock.now();
  await stage.sweepFor(3 * MINUTE);
  expect(new Set(stage.told())).toEqual(new Set(orphans));
  expect(stage.living()).toHaveLength(PODS - orphans.length);
  const sweeps = stage.endsBySweep();
  expect(Math.max(...sweeps)).toBeLessThanOrEqual(MAX_ENDS_A_SWEEP);
  const last = Math.max(...orphans.map((id) => stage.entry(id).endedAt ?? Infinity));
  expect(last - begin).toBeLessThan(reaperBound(stage.settings));
  expect(stage.alarmsRaised()).toEqual([]);
  // What a sweep passes on doesn't grow with the account.
  expect(JSON.stringify(stage.results.at(-1)).length).toBeLessThan(50_000);
  console.log(
    `10,000 pods: ${orphans.length} orphans ended in ${sweeps.length} sweeps (${sweeps.join(' + ')}), the last after ${(last - begin) / MINUTE} min`,
  );
}, 180_000);
