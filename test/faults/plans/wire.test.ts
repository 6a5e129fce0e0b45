import { planAsCode } from './plan';
import { randomWirePlan } from './randomWirePlan';
import { demandAll, seedsFor } from './seeds';
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
  const seeds = groups.flat();
  process.stderr.write(
    `Fault plans on RunPod's wire: seeds ${seeds[0]} to ${seeds.at(-1)}. Left out: all other seeds (npm run test:faults -- --seeds N); waits of more than 3 s that a 429 may ask for.\n`,
  );
});

test('the same seed gives the same plan, another seed another', () => {
  expect(planAsCode(randomWirePlan(7))).toBe(planAsCode(randomWirePlan(7)));
  expect(planAsCode(randomWirePlan(7))).not.toBe(planAsCode(randomWirePlan(8)));
});

test.each(groups.map((seeds) => [`${seeds[0]} to ${seeds.at(-1)}`, seeds] as const))(
  'seeds %s: calls hang, break and lie, and all that is promised holds',
  async (_which, seeds) => {
    await demandAll(seeds.map(randomWirePlan), async (plans) => await stage.play(plans));
  },
  LIMIT_MS,
);
