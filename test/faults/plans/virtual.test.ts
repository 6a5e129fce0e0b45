import { planAsCode } from './plan';
import { LEFT_OUT, randomPlan } from './randomPlan';
import { demandAll, seedsFor } from './seeds';
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
  const seeds = groups.flat();
  process.stderr.write(
    `Fault plans in virtual time: seeds ${seeds[0]} to ${seeds.at(-1)}. Left out: all other seeds (npm run test:faults -- --seeds N); ${LEFT_OUT.join('; ')}.\n`,
  );
});

test('the same seed gives the same plan, another seed another', () => {
  expect(planAsCode(randomPlan(7))).toBe(planAsCode(randomPlan(7)));
  expect(planAsCode(randomPlan(7))).not.toBe(planAsCode(randomPlan(8)));
});

test.each(groups.map((seeds) => [`${seeds[0]} to ${seeds.at(-1)}`, seeds] as const))(
  'seeds %s: hours of faults, and all that is promised holds',
  async (_which, seeds) => {
    await demandAll(seeds.map(randomPlan), async (plans) => await stage.play(plans));
  },
  LIMIT_MS,
);
