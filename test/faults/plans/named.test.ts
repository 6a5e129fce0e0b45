import { BEYOND_PROMISE, NAMED_PLANS } from './named';
import { SIDE_BY_SIDE } from './seeds';
import { VirtualStage } from './virtualStage';

const LIMIT_MS = 900_000;

let stage: VirtualStage;
beforeAll(async () => {
  stage = await VirtualStage.open();
});
afterAll(async () => await stage.close());

test('each name is one plan', () => {
  expect(new Set(NAMED_PLANS.map(({ name }) => name)).size).toBe(NAMED_PLANS.length);
});

test(
  'what was found once, or is too rare for chance',
  async () => {
    const failed: string[] = [];
    for (let first = 0; first < NAMED_PLANS.length; first += SIDE_BY_SIDE) {
      const named = NAMED_PLANS.slice(first, first + SIDE_BY_SIDE);
      const played = await stage.play(named.map(({ plan }) => plan));
      for (const [index, { violations }] of played.entries()) {
        failed.push(...violations.map(({ rule, message }) => `${named[index]?.name}: ${rule}: ${message}`));
      }
    }
    expect(failed).toEqual([]);
  },
  LIMIT_MS,
);

test(
  'beyond what is promised: should this be promised one day, random plans may have more of it',
  async () => {
    const [played] = await stage.play([BEYOND_PROMISE]);
    expect(played?.violations.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['I1', 'I5']));
  },
  LIMIT_MS,
);
