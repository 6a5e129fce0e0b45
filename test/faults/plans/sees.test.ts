import { BREAKAGES, UNBROKEN } from './breakages';
import { playExAtlas } from './exAtlas';
import { randomPlan } from './randomPlan';
import { VirtualStage } from './virtualStage';

const LIMIT_MS = 900_000;
/** As many as `npm test` plays in virtual time. */
const SEEDS = 50;
/** The first seeds that noticed something when all of them were played, as \`npm run test:long\` does. */
const TELLING = [1, 2, 9, 12, 14, 17, 19];

let stage: VirtualStage;
beforeAll(async () => {
  stage = await VirtualStage.open({ breakable: true });
});
afterAll(async () => await stage.close());

test(
  'whatever is taken out, some seed notices, by the rule that is meant to',
  async () => {
    const caught = new Set<string>();
    const all = Array.from({ length: SEEDS }, (_, index) => index + 1);
    for (const seed of process.env.PODKEEPER_TEST_WHOLE === '1' ? all : TELLING) {
      const left = BREAKAGES.filter(({ name }) => !caught.has(name));
      if (left.length === 0) break;
      const plan = randomPlan(seed);
      const breakages = [UNBROKEN, ...left.map(({ breakage }) => breakage)];
      const [unbroken, ...played] = await stage.play(
        breakages.map(() => plan),
        breakages,
      );
      expect({ seed, violations: unbroken?.violations }).toEqual({ seed, violations: [] });
      for (const [index, { name, rule }] of left.entries()) {
        const violation = played[index]?.violations.find((found) => found.rule === rule);
        if (violation === undefined) continue;
        caught.add(name);
        process.stderr.write(`Seed ${seed} notices that ${name}: ${rule}: ${violation.message}\n`);
      }
    }
    expect([...caught].toSorted()).toEqual(BREAKAGES.map(({ name }) => name).toSorted());
  },
  LIMIT_MS,
);

test('a launcher that creates, then writes down, and terminates once leaks in many of these plans', async () => {
  const leaking: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations } = await playExAtlas(randomPlan(seed));
    if (violations.some(({ rule }) => rule === 'I1')) leaking.push(seed);
  }
  process.stderr.write(`In ExAtlas's order ${leaking.length} of ${SEEDS} plans leak: ${leaking.join(', ')}\n`);
  expect(leaking.length).toBeGreaterThan(SEEDS / 4);
});

test('without faults that launcher keeps its word, too: it is its order that fails', async () => {
  const calm = { ...randomPlan(1), faults: [], revoked: [], scripts: [] };
  expect((await playExAtlas(calm)).violations).toEqual([]);
});
