import { CHECKS } from '../../src/doctor';
import { judge } from '../../src/doctor/examine';
import type { Facts } from '../../src/doctor/facts';
import { DEFAULT_SETTINGS } from '../../src/model';
import { MISSING } from '../model/sweeps';
import {
  account,
  ago,
  attempt,
  findingOf,
  info,
  known,
  look,
  notKnown,
  reaper,
  row,
  soundFacts,
  suspect,
  swept,
  withAccount,
  withClaim,
} from './facts';

const MINUTE = 60_000;

test('where all is well, every check says so, and says it once', () => {
  const findings = judge(soundFacts());
  expect(findings.filter(({ state }) => state !== 'holds')).toEqual([]);
  expect(findings.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  expect(findings.map(({ wayOut }) => wayOut)).toEqual(CHECKS.map(() => null));
});

test('where nothing is known, nothing is said to hold', () => {
  const nothing = { isServed: notKnown(), accounts: notKnown(), claims: notKnown() };
  const findings = judge(soundFacts({ namespace: notKnown('ECONNREFUSED'), ...nothing }));
  expect(findings.filter(({ state }) => state === 'holds')).toEqual([]);
  expect(findings.find(({ name }) => name === 'temporal')).toMatchObject({ state: 'broken' });
});

test('of an account that nobody can look at, nothing is said to hold but the settings', () => {
  const facts = withAccount({ lanes: notKnown(), reaper: notKnown(), look: notKnown() });
  const about = judge(facts).filter(({ subject }) => subject === 'main');
  expect(about.filter(({ state }) => state === 'holds').map(({ name }) => name)).toEqual(['settings']);
});

test('without a worker that is said once; what only workers see is not known, and nothing else is blamed', () => {
  const unserved = { lanes: known({ spend: false, keep: false }), look: notKnown('no worker polls'), isTaken: null };
  const findings = judge({ ...withAccount(unserved), isServed: known(false) });
  const broken = findings.filter(({ state }) => state === 'broken');
  expect(broken.map(({ name, wayOut }) => [name, wayOut === null])).toEqual([['workers', false]]);
  const unknown = findings.filter(({ state }) => state === 'unknown');
  expect(unknown.map(({ message, wayOut }) => [message, wayOut])).toEqual(
    unknown.map(() => ['not known: no worker', null]),
  );
  expect(unknown.map(({ name }) => name)).toEqual(
    CHECKS.flatMap(({ name, needsWorker }) => (needsWorker ? [name] : [])),
  );
});

test('of an account without a worker that is said once, too', () => {
  const findings = judge(
    withAccount({ lanes: known({ spend: true, keep: false }), look: notKnown('no worker polls') }),
  );
  const amiss = findings.filter(({ subject, state }) => subject === 'main' && state !== 'holds');
  expect(amiss.filter(({ wayOut }) => wayOut !== null).map(({ name }) => name)).toEqual(['lanes']);
  expect(amiss.find(({ name }) => name === 'keys')?.message).toBe('not known: no worker for the account');
});

/** Check, what is wrong, what the doctor must say of it. */
const BROKEN: [name: string, facts: Facts, message: string][] = [
  ['temporal', soundFacts({ namespace: notKnown('ECONNREFUSED') }), 'ECONNREFUSED'],
  ['workers', soundFacts({ isServed: known(false) }), 'no worker polls podkeeper/prod'],
  [
    'lanes',
    withAccount({ lanes: known({ spend: true, keep: false }) }),
    'nobody polls podkeeper/prod/main/keep; open claims on it: render',
  ],
  ['lanes', withAccount({ lanes: known({ spend: false, keep: true }) }), 'nobody polls podkeeper/prod/main/spend'],
  [
    'keys',
    withAccount({ look: known({ ...look([]), complete: false, survey: null, voidReason: 'the key is refused' }) }),
    'the key is refused',
  ],
  ['reaper', withAccount({ reaper: known(null) }), 'it has no reaper'],
  ['reaper', withAccount({ reaper: known(reaper({ isPaused: true, note: 'moving' })) }), 'is paused (moving)'],
  ['reaper', withAccount({ reaper: known(reaper({ version: 0 })) }), 'of an older Podkeeper (version 0'],
  ['reaper', withAccount({ reaper: known(reaper({ version: 99 })) }), 'of a newer Podkeeper (version 99'],
  ['last-sweep', withAccount({ reaper: known(reaper({ last: swept(6) })) }), 'the last one was 6m ago'],
  ['last-sweep', withAccount({ reaper: known(reaper({ last: null })) }), 'none since it was installed 10h ago'],
  [
    'last-sweep',
    withAccount({ reaper: known(reaper({ last: { ...swept(6), at: ago(1), voidReason: 'the key is refused' } })) }),
    'the last one was 6m ago (the key is refused)',
  ],
  ['last-sweep', withAccount({ reaper: known(null) }), 'nobody sweeps it'],
  [
    'brake',
    withAccount({ look: known(look([row('owner_not_found'), row('owner_not_found', { id: 'pod-2' })])) }),
    '2 of 2 pods have no workflow in Temporal',
  ],
  [
    'ownerless',
    withAccount({ look: known(look([row('orphan')])), reaper: known(reaper({ isPaused: true })) }),
    '1 orphan, 0 owner_not_found, and no reaper is there to end them',
  ],
  [
    'ownerless',
    withAccount({
      look: known(look([row('orphan', { id: 'pod-2' })])),
      reaper: known(reaper({ last: swept(1, [suspect(20, { deleteAcceptedAt: ago(6) })]) })),
    }),
    'accepted its delete 6m ago and is not gone',
  ],
  [
    'ownerless',
    withAccount({
      look: known(look([row('orphan', { id: 'pod-2' })])),
      reaper: known(reaper({ last: swept(1, [suspect(36)]) })),
    }),
    'is orphan and should have been ended by now',
  ],
  [
    'unjudged',
    withAccount({ look: known(look([row('unknown', { evidence: 'Temporal could not be asked' })])) }),
    'no verdict on 1 pod: pk-prodaaaa-render-bbbbbb-1 (Temporal could not be asked)',
  ],
  [
    'other-control-plane',
    withAccount({ look: known(look([row('other_control_plane')])) }),
    '1 pod of deployment prod on another Temporal',
  ],
  [
    'money',
    withAccount({ look: known(look([row('alive'), row('alive', { id: 'late-one' })])) }),
    '$4.00/h for ours by the list ($0.00/h of it ownerless), $2.00/h metered by 1 of 1 open claims; not metered',
  ],
  ['money', withAccount({ look: known(look([row('alive', { hourlyPrice: 3 })])) }), 'at less than the list says: pk-'],
  ['stuck', withClaim({ taskAttempt: 7 }), 'render (try 7)'],
  ['overdue', withClaim({ notAfter: ago(16) }), `render (${ago(16)})`],
  [
    'debts',
    withClaim({ info: known(info({ debts: [{ name: 'pk-x', podIds: ['pod-1'], since: ago(6), alarms: 1 }] })) }),
    'render owes the end of pk-x (pod-1) since 6m, alarm raised 1×',
  ],
  [
    'settings',
    withAccount({ reaper: known(reaper({ settings: { ...DEFAULT_SETTINGS, maxLifetimeMs: 30 * MINUTE } })) }),
    'more than the default maxLifetime of 30m',
  ],
];

test.each(BROKEN)('%s is broken: %#', (name, facts, message) => {
  const finding = findingOf(name, facts);
  expect(finding).toMatchObject({ state: 'broken', wayOut: expect.stringMatching(/\w/) });
  expect(finding.message).toContain(message);
});

test('each check was seen broken, but the one that only informs', () => {
  const seen = new Set(BROKEN.map(([name]) => name));
  expect(CHECKS.flatMap(({ name }) => (seen.has(name) ? [] : [name]))).toEqual(['foreign']);
});

/** Check, what looks wrong and is not. */
const HOLDS: [name: string, facts: Facts, message: string][] = [
  [
    'last-sweep',
    withAccount({ reaper: known(reaper({ last: null, installedAt: ago(1) })) }),
    'none since it was installed 1m ago',
  ],
  ['last-sweep', withAccount({ reaper: known(reaper({ last: swept(4) })) }), 'the last one was 4m ago'],
  ['brake', withAccount({ look: known(look([row('owner_not_found'), row('alive', { id: 'pod-2' })])) }), 'off'],
  [
    'ownerless',
    withAccount({
      look: known(look([row('orphan', { id: 'pod-2' })])),
      reaper: known(reaper({ last: swept(1, [suspect(3)]) })),
    }),
    '0 overdue, 1 orphan, 0 owner_not_found; the reaper has them in hand: pod-2 (seen 3m ago)',
  ],
  [
    'ownerless',
    withAccount({
      reaper: known(reaper({ last: swept(1, [suspect(20, { deleteAcceptedAt: ago(9), absence: MISSING })]) })),
    }),
    'none',
  ],
  ['foreign', withAccount({ look: known(look([row('foreign')])) }), '1 pod of others, left alone'],
  [
    'money',
    withAccount({ look: known(look([row('alive'), row('orphan', { id: 'pod-2', hourlyPrice: 5 })])) }),
    '$7.00/h for ours by the list ($5.00/h of it ownerless), $2.00/h metered',
  ],
  // Its create is under way: it can't know the pod yet.
  [
    'money',
    withClaim({ info: known(info({ attempts: [attempt({ outcome: 'sending', podId: null })] })) }),
    '$0.00/h metered',
  ],
  // It has ended since the look.
  ['money', soundFacts({ claims: known({ claims: [], isCutOff: false }) }), '0 of 0 open claims'],
  ['overdue', withClaim({ notAfter: ago(14) }), 'none of 1 open claim'],
  ['stuck', withClaim({ taskAttempt: 1 }), 'none of 1 open claim'],
  [
    'debts',
    withClaim({ info: known(info({ debts: [{ name: 'pk-x', podIds: [], since: ago(1), alarms: 0 }] })) }),
    '1 end under way, no alarm raised',
  ],
  ['settings', withClaim({ maxLifetimeMs: 5 * MINUTE }), 'longer than all of the life of render (5m)'],
];

test.each(HOLDS)('%s holds: %#', (name, facts, message) => {
  expect(findingOf(name, facts)).toMatchObject({ state: 'holds', wayOut: null });
  expect(findingOf(name, facts).message).toContain(message);
});

test('claims that nobody answers for prove nothing', () => {
  const facts = withClaim({ info: notKnown('no worker answers for it') });
  expect(findingOf('debts', facts)).toMatchObject({ state: 'unknown', message: 'nobody answers for 1 claim: render' });
  expect(findingOf('money', facts)).toMatchObject({ state: 'unknown' });
});

test('what workers go by is what counts, not the settings of this machine', () => {
  const settings = { ...DEFAULT_SETTINGS, maxLifetimeMs: MINUTE, overdueSlackMs: 0 };
  const facts = { ...withClaim({ notAfter: ago(10) }), settings };
  expect(findingOf('settings', facts).state).toBe('holds');
  expect(findingOf('overdue', facts).state).toBe('holds');
  const unread = { ...facts, accounts: known([account({ reaper: known(null) })]) };
  expect(findingOf('settings', unread).state).toBe('broken');
  expect(findingOf('overdue', unread).state).toBe('broken');
});
