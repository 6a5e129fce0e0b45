import { planAsCode } from './plan';
import { whatIsLeftOut } from './leftOut';
import { randomPlan } from './randomPlan';
import { demandAll, rangeOf, seedsFor } from './seeds';
import { VirtualStage } from './virtualStage';

/** Shrinking takes as long as many plans. */
const LIMIT_MS = 900_000;

const groups = seedsFor('virtual');
let stage: VirtualStage;
beforeAll(async () => {
  stage = await VirtualStage.open();
});
afterAll(async () => {
  await stage.close();
  process.stderr.write(
    `Fault plans in virtual time: ${rangeOf(groups.flat())}. Left out: all other seeds (npm run test:long -- plans --seeds N); ${whatIsLeftOut('virtual')}.\n`,
  );
});

test('the same seed gives the same plan, another seed another', () => {
  expect(planAsCode(randomPlan(7))).toBe(planAsCode(randomPlan(7)));
  expect(planAsCode(randomPlan(7))).not.toBe(planAsCode(randomPlan(8)));
});

for (const seeds of groups) {
  test(
    `${rangeOf(seeds)}: hours of faults, and all that is promised holds`,
    async () => {
      await demandAll(seeds.map(randomPlan), async (plans) => await stage.play(plans));
    },
    LIMIT_MS,
  );
}
