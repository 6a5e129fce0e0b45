import * as checks from '../../src/doctor/accountChecks';
import { DEFAULT_SETTINGS } from '../../src/model';
import {
  MINUTE,
  account,
  ago,
  findingOf,
  known,
  notKnown,
  reaper,
  row,
  soundFacts,
  sweep,
  swept,
  testChecks,
  withAccount,
  withClaim,
} from './facts';

testChecks(Object.values(checks), {
  broken: [
    ['temporal', soundFacts({ namespace: notKnown('ECONNREFUSED') }), 'ECONNREFUSED'],
    ['workers', soundFacts({ hasWorker: known(false) }), 'no worker polls podkeeper/prod'],
    [
      'lanes',
      withAccount({ lanes: known({ spend: true, keep: false }) }),
      'no worker polls podkeeper/prod/main/keep; open claims: render',
    ],
    ['lanes', withAccount({ lanes: known({ spend: false, keep: true }) }), 'no worker polls podkeeper/prod/main/spend'],
    [
      'keys',
      withAccount({ dryRun: known({ ...sweep([]), complete: false, survey: null, voidReason: 'the key is refused' }) }),
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
    ['last-sweep', withAccount({ reaper: known(null) }), 'nothing sweeps it'],
    [
      'brake',
      withAccount({ dryRun: known(sweep([row('owner_not_found'), row('owner_not_found', { id: 'pod-2' })])) }),
      '2 of 2 pods have no workflow in Temporal',
    ],
    [
      'settings',
      withAccount({ reaper: known(reaper({ settings: { ...DEFAULT_SETTINGS, maxLifetimeMs: 30 * MINUTE } })) }),
      'exceeds the default maxLifetime of 30m',
    ],
  ],
  holding: [
    [
      'last-sweep',
      withAccount({ reaper: known(reaper({ last: null, installedAt: ago(1) })) }),
      'none since it was installed 1m ago',
    ],
    ['last-sweep', withAccount({ reaper: known(reaper({ last: swept(4) })) }), 'the last one was 4m ago'],
    ['brake', withAccount({ dryRun: known(sweep([row('owner_not_found'), row('alive', { id: 'pod-2' })])) }), 'off'],
    ['settings', withClaim({ maxLifetimeMs: 5 * MINUTE }), 'exceeds the maxLifetime of render (5m)'],
  ],
});

test("the workers' settings count, not those of this machine", () => {
  const settings = { ...DEFAULT_SETTINGS, maxLifetimeMs: MINUTE, overdueSlackMs: 0 };
  const facts = { ...withClaim({ notAfter: ago(10) }), settings };
  expect(findingOf('settings', facts).state).toBe('holds');
  expect(findingOf('overdue', facts).state).toBe('holds');
  const unread = { ...facts, accounts: known([account({ reaper: known(null) })]) };
  expect(findingOf('settings', unread).state).toBe('broken');
  expect(findingOf('overdue', unread).state).toBe('broken');
});
