import type { AttemptRecord } from '../../src/model';
import { NOT_ENDED, idleDeadline, lifetimeDeadline, startupDeadline } from '../../src/model';
import { newClaimState } from '../../src/workflows/claimState';
import type { ClaimState } from '../../src/workflows/claimState';
import { costOf, deadlinesOf, debtsOf, infoOf } from '../../src/workflows/info';
import { HOUR, MINUTE, admissionOf, podOf } from '../support/mockCloud';
import type { AdmissionChanges } from '../support/mockCloud';
import { START, claimStateOf } from './fixtures/claimState';
import type { StateFacts } from './fixtures/claimState';

function at(ms: number): string {
  return new Date(START + ms).toISOString();
}

function stateOf(facts: Partial<StateFacts> = {}, admission: AdmissionChanges = {}): ClaimState {
  return claimStateOf(admissionOf({ deployment: 'prod', claim: 'render' }, admission), facts);
}

function attemptOf(changes: Partial<AttemptRecord>): AttemptRecord {
  return {
    number: 1,
    name: 'pk-prodaaaa-render-bbbbbb-1',
    provider: 'mock',
    account: 'mock',
    outcome: 'held',
    podId: 'p1',
    hourlyPrice: 2,
    startedAt: at(0),
    sentBefore: at(0),
    absentSince: null,
    kind: null,
    message: null,
    ...changes,
  };
}

describe('deadlines', () => {
  test('a new claim has none', () => {
    expect(deadlinesOf(newClaimState('prod', 'render', START))).toEqual({ startup: null, idle: null, lifetime: null });
  });

  test('startup and lifetime count from the claim’s start, by the spec or else by the settings', () => {
    const defaults = stateOf();
    const specified = stateOf({}, { spec: { startupTimeoutMs: MINUTE, maxLifetimeMs: 2 * MINUTE } });
    expect(deadlinesOf(defaults)).toEqual({ startup: at(15 * MINUTE), idle: null, lifetime: at(4 * HOUR) });
    expect(deadlinesOf(specified)).toEqual({ startup: at(MINUTE), idle: null, lifetime: at(2 * MINUTE) });
  });

  test('a healthy claim has no startup deadline any more', () => {
    expect(deadlinesOf(stateOf({ healthyAt: START + MINUTE })).startup).toBeNull();
  });

  test.each([
    ['before healthy there is none', {}, null],
    ['it counts from healthy', { healthyAt: START + MINUTE }, 11 * MINUTE],
    ['and from the last touch', { healthyAt: START + MINUTE, touchedAt: START + 5 * MINUTE }, 15 * MINUTE],
    ['but not from a touch before healthy', { healthyAt: START + 5 * MINUTE, touchedAt: START + MINUTE }, 15 * MINUTE],
  ])('idle: %s', (_what, changes, expected) => {
    const state = stateOf(changes, { spec: { idleTimeoutMs: 10 * MINUTE } });
    expect(deadlinesOf(state).idle).toBe(expected === null ? null : at(expected));
  });

  test('without an idle timeout there is no idle end', () => {
    const admission = admissionOf({ deployment: 'prod', claim: 'render' });
    expect(idleDeadline({ healthyAt: START, touchedAt: START }, admission)).toBeNull();
  });

  test('as numbers they are ms since 1970', () => {
    const admission = admissionOf({ deployment: 'prod', claim: 'render' });
    expect(startupDeadline(START, admission) - START).toBe(15 * MINUTE);
    expect(lifetimeDeadline(START, admission) - START).toBe(4 * HOUR);
  });
});

describe('cost', () => {
  const now = START + 3 * HOUR;

  test('nothing costs nothing, and that is complete', () => {
    expect(costOf(stateOf(), now)).toEqual({ total: 0, hourlyPrice: null, complete: true });
  });

  test('a pod is metered from its create on, until now', () => {
    const state = stateOf({ attempts: [attemptOf({ startedAt: at(HOUR) })], pod: podOf('p1', { hourlyPrice: 2 }) });
    expect(costOf(state, now)).toEqual({ total: 4, hourlyPrice: 2, complete: true });
  });

  test('and once it is proven absent, until then', () => {
    const state = stateOf({ attempts: [attemptOf({ absentSince: at(HOUR / 2) })] });
    expect(costOf(state, now)).toEqual({ total: 1, hourlyPrice: null, complete: true });
  });

  test('each pod of the life counts, held or not', () => {
    const attempts = [
      attemptOf({ absentSince: at(HOUR) }),
      attemptOf({ number: 2, podId: 'p2', outcome: 'mismatched', hourlyPrice: 1, absentSince: at(HOUR) }),
      attemptOf({ number: 3, podId: 'p3', outcome: 'sibling', hourlyPrice: 0.5, startedAt: at(2 * HOUR) }),
    ];
    expect(costOf(stateOf({ attempts }), now).total).toBeCloseTo(2 + 1 + 0.5);
  });

  test('an attempt that no pod came of costs nothing', () => {
    const attempts = [attemptOf({ outcome: 'refused', podId: null, hourlyPrice: null })];
    expect(costOf(stateOf({ attempts }), now)).toMatchObject({ total: 0, complete: true });
  });

  test.each([
    ['presumed_absent', null],
    ['unknown', at(HOUR)],
    ['sending', at(HOUR)],
  ] as const)('a create that is %s and showed no pod may have made one that ended unseen', (outcome, absentSince) => {
    const attempts = [attemptOf({ outcome, podId: null, hourlyPrice: null, absentSince })];
    expect(costOf(stateOf({ attempts }), now)).toMatchObject({ total: 0, complete: false });
  });

  test('a pod without a stated price makes it incomplete, not free', () => {
    const attempts = [attemptOf({}), attemptOf({ number: 2, podId: 'p2', hourlyPrice: null })];
    expect(costOf(stateOf({ attempts }), now)).toMatchObject({ total: 6, complete: false });
  });

  test.each([
    ['what was written off', { phase: 'written_off' as const }],
    ['a run that a reset made', { wasReset: true }],
  ])('%s leaves it incomplete, whatever is known of prices', (_what, changes) => {
    expect(costOf(stateOf({ attempts: [attemptOf({})], ...changes }), now)).toMatchObject({
      total: 6,
      complete: false,
    });
    expect(costOf(stateOf(changes), now).complete).toBe(false);
  });

  test('a pod that is free is complete', () => {
    expect(costOf(stateOf({ attempts: [attemptOf({ hourlyPrice: 0 })] }), now)).toMatchObject({
      total: 0,
      complete: true,
    });
  });

  test('a proof from before the create, by another clock, makes no negative cost', () => {
    const attempts = [attemptOf({ startedAt: at(HOUR), absentSince: at(0) })];
    expect(costOf(stateOf({ attempts }), now).total).toBe(0);
  });
});

test('debts: a pod by its name, a life by its prefix; alarms of both kinds count', () => {
  const since = START + HOUR;
  const state = stateOf({
    alarms: { 'end of n* on mock': ['unauthorized', NOT_ENDED] },
    debts: [
      {
        account: 'mock',
        target: { kind: 'pod', id: 'p2', name: 'n2' },
        reason: 'sibling',
        since,
        alarmsRaised: 0,
        accepted: [],
        absence: null,
      },
      {
        account: 'mock',
        target: { kind: 'life', prefix: 'n', pods: [{ id: 'p1', name: 'n1' }], unknownNames: false },
        reason: 'released',
        since,
        alarmsRaised: 2,
        accepted: [],
        absence: null,
      },
    ],
  });
  expect(debtsOf(state)).toEqual([
    { account: 'mock', name: 'n2', podIds: ['p2'], since: at(HOUR), alarms: 0 },
    { account: 'mock', name: 'n*', podIds: ['p1'], since: at(HOUR), alarms: 3 },
  ]);
});

test('a claim that was not admitted yet shows what is known: its id and its start', () => {
  expect(infoOf(newClaimState('prod', 'render', START), START)).toMatchObject({
    id: 'render',
    deployment: 'prod',
    phase: 'pending',
    claimedAt: at(0),
    provider: null,
    owner: null,
    spec: null,
    events: [],
  });
});

test('what a claim remembers is plain JSON: it has to pass into a new run', () => {
  const state = stateOf({ attempts: [attemptOf({})], pod: podOf('p1'), healthyAt: START });
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
});
