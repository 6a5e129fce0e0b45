import type { Plan } from './plan';

/** A plan that is kept, and why. */
export interface NamedPlan {
  name: string;
  plan: Plan;
}

const MINUTE = 60_000;

/** One claim that is rented at once and kept to its end, on a cloud without any fault. */
const CALM: Plan = {
  seed: 1,
  cloud: { statedLagMs: MINUTE, listLagMs: 0, endedShownMs: 0 },
  faults: [],
  wire: [],
  revoked: [],
  scripts: [],
  claims: [
    { id: 'c1', startupTimeoutMs: 15 * MINUTE, maxLifetimeMs: 20 * MINUTE, idleTimeoutMs: null, maxHourlyPrice: null },
  ],
  actions: [{ claim: 'c1', deed: 'spawn', atMs: 0 }],
  upsets: [],
  calmAtMs: 20 * MINUTE,
};

/** Lists are empty for almost the stated lag, from so many minutes on. */
function hiddenAt(...minutes: number[]): Plan['faults'] {
  return minutes.map((minute) => ({ atMs: minute * MINUTE, fault: { kind: 'list_hides', forMs: MINUTE - 1 } }));
}

/** The claim ends in the middle of its create, which makes a pod and gives no answer. */
const UNHEARD_OF: Plan = {
  ...CALM,
  faults: [{ atMs: 0, fault: { kind: 'executed_then_no_answer', on: 'create' } }],
  actions: [...CALM.actions, { claim: 'c1', deed: 'release', during: 'create', nth: 1 }],
};

/** Plans that found something once, or that chance comes upon too rarely. They are played in every run. */
export const NAMED_PLANS: readonly NamedPlan[] = [
  { name: 'nothing goes wrong', plan: CALM },
  {
    name: 'a create without an answer makes a pod that ends before any list',
    plan: {
      ...CALM,
      cloud: { ...CALM.cloud, listLagMs: 5_000 },
      faults: [{ atMs: 0, fault: { kind: 'executed_then_no_answer', on: 'create', count: 1 } }],
      scripts: [{ match: { nth: 1, name: /-c1-/ }, preemptedAfterMs: 1_000 }],
    },
  },
  {
    name: 'the price jumps, and then the cloud takes the pod away',
    plan: {
      ...CALM,
      scripts: [
        {
          match: { name: /-c1-/ },
          priceJumps: [{ afterMs: 2 * MINUTE, hourlyPrice: 50 }],
          preemptedAfterMs: 10 * MINUTE,
        },
      ],
    },
  },
  {
    name: 'the price jumps, and then the cloud takes the pod away, and says so',
    plan: {
      ...CALM,
      cloud: { ...CALM.cloud, endedShownMs: Infinity },
      scripts: [
        {
          match: { name: /-c1-/ },
          priceJumps: [{ afterMs: 2 * MINUTE, hourlyPrice: 50 }],
          preemptedAfterMs: 10 * MINUTE,
        },
      ],
    },
  },
  {
    name: 'the price jumps up, and down again before the end',
    plan: {
      ...CALM,
      scripts: [
        {
          match: { name: /-c1-/ },
          priceJumps: [
            { afterMs: 2 * MINUTE, hourlyPrice: 50 },
            { afterMs: 15 * MINUTE, hourlyPrice: 1 },
          ],
        },
      ],
    },
  },
  {
    name: 'the last list of a look-up lies, and the pod of the create before is a sibling',
    plan: {
      ...CALM,
      faults: [
        { atMs: 0, fault: { kind: 'executed_then_no_answer', on: 'create' } },
        { atMs: 0, fault: { kind: 'list_lag', lagMs: MINUTE, count: 13, after: 1 } },
        { atMs: 59_000, fault: { kind: 'list_empty' } },
      ],
    },
  },
  {
    name: 'a pod comes into being three minutes after its create failed, beside the next one',
    plan: { ...CALM, faults: [{ atMs: 0, fault: { kind: 'late_commit', lateMs: 3 * MINUTE } }] },
  },
  {
    name: 'a cancel in the middle of a create that is answered by an error and made a pod',
    plan: {
      ...CALM,
      faults: [{ atMs: 0, fault: { kind: 'executed_then_error', on: 'create' } }],
      actions: [...CALM.actions, { claim: 'c1', deed: 'cancel', during: 'create', nth: 1 }],
    },
  },
  {
    name: 'an accepted end does nothing, again and again, while the key is revoked',
    plan: {
      ...CALM,
      faults: [{ atMs: 0, fault: { kind: 'terminate_ignored', count: 5 } }],
      revoked: [{ atMs: 5 * MINUTE, forMs: 10 * MINUTE }],
      actions: [...CALM.actions, { claim: 'c1', deed: 'release', atMs: 4 * MINUTE }],
    },
  },
  {
    name: 'lists leave a healthy pod out for almost the lag, again and again',
    plan: { ...CALM, faults: hiddenAt(2, 4, 7, 11) },
  },
  {
    name: 'lists leave a booting pod out for almost the lag',
    plan: { ...CALM, faults: hiddenAt(1.1), scripts: [{ match: { name: /-c1-/ }, runningAfterMs: 100_000 }] },
  },
  {
    name: 'an accepted end takes its time, while lists are empty',
    plan: {
      ...CALM,
      cloud: { ...CALM.cloud, terminatingMs: 40_000 },
      faults: hiddenAt(5),
      actions: [...CALM.actions, { claim: 'c1', deed: 'release', atMs: 5 * MINUTE }],
    },
  },
  {
    name: 'an end is accepted, and the pod hides for almost the lag while it lives and bills',
    plan: {
      ...CALM,
      faults: [{ atMs: 0, fault: { kind: 'gone_but_alive', forMs: MINUTE - 1 } }],
      actions: [...CALM.actions, { claim: 'c1', deed: 'release', atMs: 5 * MINUTE }],
    },
  },
  {
    name: 'handles of a first life, and another application that asked for it, while a second life has the id',
    plan: {
      ...CALM,
      claims: CALM.claims.map((claim) => ({ ...claim, idleTimeoutMs: 4 * MINUTE })),
      actions: [
        ...CALM.actions,
        { claim: 'c1', deed: 'touch', by: 'second', atMs: MINUTE },
        { claim: 'c1', deed: 'release', atMs: 2 * MINUTE },
        { claim: 'c1', deed: 'spawn', atMs: 5 * MINUTE },
        { claim: 'c1', deed: 'token', by: 'kept', atMs: 6 * MINUTE },
        { claim: 'c1', deed: 'touch', by: 'kept', atMs: 7 * MINUTE },
        { claim: 'c1', deed: 'release', by: 'second', atMs: 7.5 * MINUTE },
        { claim: 'c1', deed: 'release', by: 'kept', atMs: 8 * MINUTE },
      ],
    },
  },
  {
    name: 'a server asks for three years of patience, and then takes the pod away',
    plan: {
      ...CALM,
      faults: [{ atMs: 2 * MINUTE, fault: { kind: 'refused', on: 'list', code: 'rate_limited', retryAfterMs: 1e11 } }],
      scripts: [{ match: { name: /-c1-/ }, preemptedAfterMs: 6 * MINUTE }],
    },
  },
  {
    name: 'a server asks for three years of patience, and then for a price above the limit',
    plan: {
      ...CALM,
      claims: CALM.claims.map((claim) => ({ ...claim, maxHourlyPrice: 6 })),
      faults: [{ atMs: 2 * MINUTE, fault: { kind: 'refused', on: 'list', code: 'rate_limited', retryAfterMs: 1e11 } }],
      scripts: [{ match: { name: /-c1-/ }, priceJumps: [{ afterMs: 6 * MINUTE, hourlyPrice: 50 }] }],
    },
  },
  {
    name: 'a worker is lost right after it ended a pod that the claim had not heard of',
    plan: { ...UNHEARD_OF, upsets: [{ after: 'terminate', nth: 1, what: 'worker_lost' }] },
  },
  {
    name: 'lists are forbidden right after a pod was ended that the claim had not heard of',
    plan: {
      ...UNHEARD_OF,
      upsets: [
        {
          after: 'terminate',
          nth: 1,
          what: 'fault',
          fault: { kind: 'refused', on: 'list', code: 'forbidden', count: 2 },
        },
      ],
    },
  },
];

/** What no promise of the claim's own workflow covers, see `LEFT_OUT`: a cloud that hides a living pod for longer than it says. The reaper ends what comes back. */
export const BEYOND_PROMISE: Plan = {
  ...CALM,
  faults: [{ atMs: 0, fault: { kind: 'gone_but_alive', forMs: 5 * MINUTE } }],
  actions: [...CALM.actions, { claim: 'c1', deed: 'release', atMs: 5 * MINUTE }],
};
