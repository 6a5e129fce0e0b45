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
  claims: [{ id: 'c1', startupTimeoutMs: 15 * MINUTE, maxLifetimeMs: 20 * MINUTE, idleTimeoutMs: null }],
  actions: [{ claim: 'c1', deed: 'spawn', atMs: 0 }],
  calmAtMs: 20 * MINUTE,
};

/** Plans that found something once, or that chance comes upon too rarely. They are played in every run. */
export const NAMED_PLANS: readonly NamedPlan[] = [
  { name: 'nothing goes wrong', plan: CALM },
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
];

/**
 * What no promise of the claim's own workflow covers, see `LEFT_OUT`: a cloud that accepts an end, and hides the pod from every list for a minute while it lives
 * and bills. Absence from two complete lists is believed. What comes back has a name of ours and no owner: the reaper ends it.
 */
export const BEYOND_PROMISE: Plan = {
  ...CALM,
  faults: [{ atMs: 0, fault: { kind: 'gone_but_alive', forMs: MINUTE } }],
  actions: [...CALM.actions, { claim: 'c1', deed: 'release', atMs: 5 * MINUTE }],
};
