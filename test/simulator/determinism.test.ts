import { ManualClock, SimulatedCloud, faultPlan } from '../../src/simulator';
import type { SimulatedCloudOptions } from '../../src/simulator';
import { HOUR, MARKET, SECOND } from './clouds';

/** Records the answers of many calls of all kinds. */
async function day(options: SimulatedCloudOptions): Promise<object> {
  const clock = new ManualClock();
  const cloud = new SimulatedCloud({ clock, ...MARKET, ...options });
  const answers: unknown[] = [];
  const under: Promise<void>[] = [];
  const note = async (call: Promise<unknown>): Promise<void> => {
    answers.push(await call.catch((error: Error & { code?: string }) => [error.code, error.message]));
  };
  for (let turn = 0; turn < 40; turn += 1) {
    under.push(note(cloud.create({ name: `pk-${turn}`, gpu: turn % 3 === 0 ? 'h100' : null })), note(cloud.list()));
    const { id } = cloud.pods()[turn % 7] ?? { id: 'pod-x' };
    under.push(note(cloud.get(id)), note(turn % 5 === 4 ? cloud.terminate(id) : cloud.stop(id)));
    await clock.advance(10 * SECOND);
  }
  await clock.advance(HOUR);
  await Promise.all(under);
  return {
    answers,
    calls: cloud.calls(),
    pods: cloud.pods(),
    ledger: cloud.ledger.entries(),
    cost: cloud.ledger.cost(),
  };
}

const KINDS = ['error', 'slow', 'late_commit', 'list_omits', 'gone_but_alive', 'busy_until', 'refused'] as const;

test.each([1, 2, 3, 4, 5])(
  'seed %d: the same plan, the same faults on the same calls, the same ledger, bit for bit',
  async (seed) => {
    const options = () => ({
      seed,
      latencyMs: SECOND,
      latencyJitter: 0.3,
      ...faultPlan(seed, { faults: 12, scripts: 12, kinds: KINDS }),
    });
    const [one, other] = [await day(options()), await day(options())];
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  },
);

test('another seed gives another day, by its plan and by its own chance', async () => {
  const noted = async (seed: number, planSeed: number) => JSON.stringify(await day({ seed, ...faultPlan(planSeed) }));
  const base = await noted(1, 1);
  expect(await noted(1, 2)).not.toBe(base);
  expect(await noted(2, 1)).not.toBe(base);
});

test('a plan follows from its seed and options', () => {
  expect(faultPlan(7)).toEqual(faultPlan(7));
  expect(faultPlan(7)).not.toEqual(faultPlan(8));
  expect(faultPlan(7)).toMatchObject({ faults: { length: 8 }, scripts: { length: 4 } });
  const { faults } = faultPlan(7, { faults: 50, kinds: ['list_lag'], longestMs: 100 });
  expect(faults).toHaveLength(50);
  for (const fault of faults) {
    expect(fault).toMatchObject({ kind: 'list_lag' });
    expect(fault.kind === 'list_lag' && fault.lagMs <= 100).toBe(true);
  }
});

test('whatever a plan says, a cloud takes it', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const plan = faultPlan(seed, seed % 2 === 0 ? {} : { kinds: ['slow', 'refused'] });
    expect(() => new SimulatedCloud(plan)).not.toThrow();
    expect(new SimulatedCloud(plan).faults()).toHaveLength(8);
  }
});

test('of all kinds that are left to it, a plan has some', () => {
  const kinds = new Set(Array.from({ length: 50 }, (_, seed) => faultPlan(seed).faults.map(({ kind }) => kind)).flat());
  expect(kinds.size).toBe(14);
  expect(kinds).not.toContain('slow');
});

test.each<[number, object, RegExp]>([
  [0.5, {}, /^seed: /],
  [1, { faults: -1 }, /^faults: /],
  [1, { kinds: [] }, /^kinds: must name at least one kind/],
  [1, { kinds: ['boom'] }, /^kinds\[0\]: must be one of /],
  [1, { longest: 5 }, /^longest: is not a field/],
])('a plan that makes no sense is refused: %j %j', (seed, options, message) => {
  expect(() => faultPlan(seed, options)).toThrow(
    expect.objectContaining({ kind: 'validation', message: expect.stringMatching(message) as string }) as Error,
  );
});
