import { planAsCode } from './plan';
import type { Plan } from './plan';
import { randomPlan } from './randomPlan';
import { shrink } from './shrink';

const hasFault = (plan: Plan, kind: string): boolean => plan.faults.some(({ fault }) => fault.kind === kind);

/** A plan in which there is something to leave out. */
const LARGE = randomPlan(1);

test('leaves the one fault that it takes, with the smallest numbers that do', async () => {
  const tried: Plan[] = [];
  const isBad = (plan: Plan) => {
    tried.push(plan);
    return plan.faults.some(({ fault, atMs }) => fault.kind === 'list_lag' && fault.lagMs >= 100 && atMs >= 7);
  };
  const plan: Plan = {
    ...LARGE,
    faults: [...LARGE.faults, { atMs: 60_000, fault: { kind: 'list_lag', lagMs: 5_000, after: 2, count: 3 } }],
  };
  const smallest = await shrink(plan, async (plans) => await Promise.resolve(plans.map(isBad)));
  const [{ atMs, fault } = { atMs: 0, fault: null }, ...others] = smallest.faults;
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ kind: 'list_lag', after: 0, count: 1 });
  // Numbers are halved: what is left is less than twice of what it takes.
  expect(atMs).toBeLessThan(14);
  expect(fault?.kind === 'list_lag' && fault.lagMs).toBeLessThan(200);
  expect([smallest.actions, smallest.scripts, smallest.revoked, smallest.wire, smallest.upsets]).toEqual([
    [],
    [],
    [],
    [],
    [],
  ]);
  expect(smallest.claims).toHaveLength(1);
  expect(smallest.cloud).toMatchObject({ statedLagMs: plan.cloud.statedLagMs, listLagMs: 0, creatingMs: 0 });
  expect(new Set(tried.map(planAsCode)).size).toBeLessThan(400);
});

test('keeps two parts that only fail together, and a claim that one of them is about', async () => {
  const isBad = (plan: Plan) =>
    hasFault(plan, 'list_empty') && plan.actions.some(({ claim, deed }) => claim === 'other' && deed === 'cancel');
  const claim = {
    id: 'other',
    startupTimeoutMs: 60_000,
    maxLifetimeMs: 60_000,
    idleTimeoutMs: null,
    maxHourlyPrice: null,
  };
  const plan: Plan = {
    ...LARGE,
    claims: [...LARGE.claims, claim],
    faults: [{ atMs: 0, fault: { kind: 'list_empty' } }, ...LARGE.faults],
    actions: [...LARGE.actions, { claim: 'other', deed: 'cancel', atMs: 5 }],
  };
  const smallest = await shrink(plan, async (plans) => await Promise.resolve(plans.map(isBad)), { atOnce: 10 });
  expect(smallest.faults).toEqual([{ atMs: 0, fault: { kind: 'list_empty' } }]);
  expect(smallest.actions).toEqual([{ claim: 'other', deed: 'cancel', atMs: 0 }]);
  expect(smallest.claims.map(({ id }) => id)).toEqual(['other']);
});

test('stops after so many tries, with what it has by then', async () => {
  let tries = 0;
  const smallest = await shrink(
    LARGE,
    async (plans) => {
      tries += plans.length;
      return await Promise.resolve(plans.map(() => true));
    },
    { limit: 3 },
  );
  expect(tries).toBe(3);
  expect(planAsCode(smallest).length).toBeLessThan(planAsCode(LARGE).length);
});

test('what is printed is the plan, patterns and infinities included', () => {
  const plan: Plan = {
    ...LARGE,
    cloud: { ...LARGE.cloud, endedShownMs: Infinity },
    faults: [{ atMs: 0, fault: { kind: 'late_commit', lateMs: 1, name: /-late-[a-z2-7]{6}-1$/ } }],
  };
  const code = planAsCode(plan).replace('const plan: Plan = ', 'return ');
  // oxlint-disable-next-line typescript/no-implied-eval -- that it is code is what is tested
  expect(new Function(code)()).toEqual(plan);
});
