import type { ClaimEvent, EndDecision } from '../../src/model';
import { Claim } from '../../src/workflows/claim';
import { newClaimState } from '../../src/workflows/claimState';
import type { ClaimState } from '../../src/workflows/claimState';
import { reportOf } from '../../src/workflows/report';
import { MINUTE, admissionOf, podOf } from '../support/mockCloud';

// Outside of a workflow there is no log. An error, of a way between phases that is in no table, still fails.
jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual<object>('@temporalio/workflow'),
  log: { debug: () => undefined },
}));

const START = Date.parse('2026-01-01T00:00:00.000Z');
const AT = new Date(START).toISOString();

beforeEach(() => {
  jest.useFakeTimers({ now: START + 10 * MINUTE });
});
afterEach(() => {
  jest.useRealTimers();
});

function claimOf(changes: Partial<ClaimState>): Claim {
  const admission = admissionOf({ deployment: 'prod', claim: 'render' });
  const nowhere = { show: () => undefined, publish: () => undefined };
  return new Claim({ ...newClaimState('prod', 'render', START), phase: 'ending', admission, ...changes }, nowhere);
}

function endOf(reason: EndDecision['reason']): EndDecision {
  return { reason, message: `because of ${reason}`, at: AT };
}

test.each(['released', 'idle', 'lifetime', 'lost', 'exited', 'cancelled'] as const)(
  'an end that is %s is terminated',
  (reason) => {
    const claim = claimOf({ end: endOf(reason), evidence: 'seen no more' });
    const { report, events } = reportOf(claim);
    expect(report).toMatchObject({ phase: 'terminated', end: endOf(reason), evidence: 'seen no more', writeOff: null });
    expect(events.at(-1)).toMatchObject({ type: 'ended', message: `terminated: because of ${reason}` });
  },
);

test('a failed claim is failed', () => {
  expect(reportOf(claimOf({ end: endOf('failed') })).report.phase).toBe('failed');
});

test('a write-off is written off, whatever the end was', () => {
  const writeOff = { by: 'ada', reason: 'gone', at: AT, debts: [] };
  for (const reason of ['released', 'failed'] as const) {
    expect(reportOf(claimOf({ end: endOf(reason), writeOff })).report).toMatchObject({
      phase: 'written_off',
      evidence: 'none: written off by ada: gone',
      cost: { complete: false },
      writeOff,
    });
  }
});

test('a debt that was written off and then proven with the rest leaves nothing written off', () => {
  const writeOff = { by: 'ada', reason: 'gone', at: AT, debts: [{ name: 'n', podIds: ['p'], since: AT, alarms: 0 }] };
  const { report } = reportOf(claimOf({ end: endOf('released'), writeOff, evidence: 'seen twice' }));
  expect(report).toMatchObject({ phase: 'terminated', evidence: 'seen twice', cost: { complete: true }, writeOff });
});

test('it names the account, the owner, the times and the length', () => {
  const { report } = reportOf(claimOf({ end: endOf('idle'), healthyAt: START + MINUTE }));
  expect(report).toMatchObject({
    id: 'render',
    deployment: 'prod',
    provider: 'mock',
    account: 'mock',
    owner: 'ada',
    claimedAt: AT,
    healthyAt: new Date(START + MINUTE).toISOString(),
    endedAt: new Date(START + 10 * MINUTE).toISOString(),
    durationMs: 10 * MINUTE,
  });
});

test('its claim holds no pod any more and shows the final phase', () => {
  const claim = claimOf({ end: endOf('idle'), pod: podOf('p1') });
  reportOf(claim);
  expect(claim.state).toMatchObject({ pod: null, phase: 'terminated' });
});

test('the log keeps the newest 50 events, numbered without a gap', () => {
  const claim = claimOf({ end: endOf('idle') });
  for (let count = 1; count <= 70; count += 1) claim.log('alarm', `alarm ${count}`);
  const { events } = reportOf(claim);
  const sequences = events.map(({ sequence }: ClaimEvent) => sequence);
  expect(sequences).toEqual(Array.from({ length: 50 }, (_, index) => 22 + index));
  expect(events.at(-1)).toMatchObject({ sequence: 71, type: 'ended' });
});
