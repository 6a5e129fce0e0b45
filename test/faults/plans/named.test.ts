import { BEYOND_PROMISE, NAMED_PLANS } from './named';
import { SIDE_BY_SIDE } from './seeds';
import { VirtualStage } from './virtualStage';

const LIMIT_MS = 900_000;

let stage: VirtualStage;
beforeAll(async () => {
  stage = await VirtualStage.open();
});
afterAll(async () => await stage.close());

test('each name is one plan, and all are played at once', () => {
  expect(new Set(NAMED_PLANS.map(({ name }) => name)).size).toBe(NAMED_PLANS.length);
  expect(NAMED_PLANS.length).toBeLessThan(SIDE_BY_SIDE);
});

test(
  'what was found once, or is too rare for chance',
  async () => {
    const played = await stage.play([...NAMED_PLANS.map(({ plan }) => plan), BEYOND_PROMISE]);
    const failed = NAMED_PLANS.flatMap(({ name }, index) =>
      played[index]?.violations.map(({ rule, message }) => `${name}: ${rule}: ${message}`),
    );
    expect(failed).toEqual([]);
    // Should this be promised one day, random plans may have more of it.
    expect(played.at(-1)?.violations.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['I1', 'I5']));
  },
  LIMIT_MS,
);
