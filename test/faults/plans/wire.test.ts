import { whatIsLeftOut } from './leftOut';
import { planAsCode } from './plan';
import { randomWirePlan } from './randomWirePlan';
import { demandAll, rangeOf, seedsFor } from './seeds';
import { WireStage } from './wireStage';

/** Shrinking takes as long as many plans. */
const LIMIT_MS = 1_800_000;

const groups = seedsFor('wire');
let stage: WireStage;
beforeAll(async () => {
  stage = await WireStage.open();
});
afterAll(async () => {
  await stage.close();
  process.stderr.write(
    `Fault plans on RunPod's wire: ${rangeOf(groups.flat())}. Left out: all other seeds (npm run test:long -- plans --seeds N); ${whatIsLeftOut('wire')}.\n`,
  );
});

test('the same seed gives the same plan, another seed another', () => {
  expect(planAsCode(randomWirePlan(7))).toBe(planAsCode(randomWirePlan(7)));
  expect(planAsCode(randomWirePlan(7))).not.toBe(planAsCode(randomWirePlan(8)));
});

for (const seeds of groups) {
  test(
    `${rangeOf(seeds)}: calls hang, break and lie, and all that is promised holds`,
    async () => {
      await demandAll(seeds.map(randomWirePlan), async (plans) => await stage.play(plans));
    },
    LIMIT_MS,
  );
}
