import type { ClaimEvent, EndDecision } from '../../src/model';
import { claimOf } from '../../src/workflows/claim';
import { reportOf } from '../../src/workflows/report';
import { MINUTE, admissionOf, podOf } from '../support/mockCloud';
import { START, claimStateOf } from './fixtures/claimState';
import type { StateFacts } from './fixtures/claimState';

// Outside of a workflow there is no log and no run. An error, of a way between phases that is in no table, still fails.
jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual<object>('@temporalio/workflow'),
  log: { debug: () => undefined },
  workflowInfo: () => ({ runId: 'run', originalExecutionRunId: 'run' }),
}));

const AT = new Date(START).toISOString();

beforeEach(() => {
  jest.useFakeTimers({ now: START + 10 * MINUTE });
});
afterEach(() => {
  jest.useRealTimers();
});

function ending(facts: Partial<StateFacts>) {
  const admission = admissionOf({ deployment: 'prod', claim: 'render' });
  const state = claimStateOf(admission, { phase: 'ending', ...facts });
  const claim = claimOf(state, { show: () => undefined, publish: () => undefined });
  return { claim, state, close: () => reportOf(claim, state) };
}

function endOf(reason: EndDecision['reason']): EndDecision {
  return { reason, message: `because of ${reason}`, at: AT };
}

test.each(['released', 'idle', 'lifetime', 'lost', 'exited', 'cancelled'] as const)(
  'an end that is %s is terminated',
  (reason) => {
    const { report, events } = ending({ end: endOf(reason), evidence: 'seen no more' }).close();
    expect(report).toMatchObject({ phase: 'terminated', end: endOf(reason), evidence: 'seen no more', writeOff: null });
    expect(events.at(-1)).toMatchObject({ type: 'ended', message: `terminated: because of ${reason}` });
  },
);

test('a failed claim is failed', () => {
  expect(ending({ end: endOf('failed') }).close().report.phase).toBe('failed');
});

test('a write-off is written off, whatever the end was', () => {
  const writeOff = { by: 'ada', reason: 'gone', at: AT, debts: [] };
  for (const reason of ['released', 'failed'] as const) {
    expect(ending({ end: endOf(reason), writeOff }).close().report).toMatchObject({
      phase: 'written_off',
      evidence: 'none: written off by ada: gone',
      cost: { complete: false },
      writeOff,
    });
  }
});

test('a debt that was written off and then proven with the rest leaves nothing written off', () => {
  const writeOff = {
    by: 'ada',
    reason: 'gone',
    at: AT,
    debts: [{ account: 'mock', name: 'n', podIds: ['p'], since: AT, alarms: 0 }],
  };
  const { report } = ending({ end: endOf('released'), writeOff, evidence: 'seen twice' }).close();
  expect(report).toMatchObject({ phase: 'terminated', evidence: 'seen twice', cost: { complete: true }, writeOff });
});

test('it names the account, the owner, the times and the length', () => {
  const { report } = ending({ end: endOf('idle'), healthyAt: START + MINUTE }).close();
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
  const { state, close } = ending({ end: endOf('idle'), pod: podOf('p1') });
  close();
  expect(state).toMatchObject({ tenancy: { held: null }, course: { phase: 'terminated' } });
});

test('the log keeps the newest 50 events, numbered without a gap', () => {
  const { claim, close } = ending({ end: endOf('idle') });
  for (let count = 1; count <= 70; count += 1) claim.journal.log('alarm', `alarm ${count}`);
  const { events } = close();
  const sequences = events.map(({ sequence }: ClaimEvent) => sequence);
  expect(sequences).toEqual(Array.from({ length: 50 }, (_, index) => 22 + index));
  expect(events.at(-1)).toMatchObject({ sequence: 71, type: 'ended' });
});
