import * as checks from '../../src/doctor/podChecks';
import { MISSING } from '../model/sweeps';
import {
  ago,
  attempt,
  findingOf,
  info,
  known,
  notKnown,
  reaper,
  row,
  soundFacts,
  suspect,
  sweep,
  swept,
  testChecks,
  withAccount,
  withClaim,
} from './facts';

testChecks(Object.values(checks), {
  broken: [
    [
      'ownerless',
      withAccount({ dryRun: known(sweep([row('orphan')])), reaper: known(reaper({ isPaused: true })) }),
      '1 orphan, 0 owner_not_found, and no reaper to end them',
    ],
    [
      'ownerless',
      withAccount({
        dryRun: known(sweep([row('orphan', { id: 'pod-2' })])),
        reaper: known(reaper({ last: swept(1, [suspect(20, { deleteAcceptedAt: ago(6) })]) })),
      }),
      'accepted its delete 6m ago and is not gone',
    ],
    [
      'ownerless',
      withAccount({
        dryRun: known(sweep([row('orphan', { id: 'pod-2' })])),
        reaper: known(reaper({ last: swept(1, [suspect(36)]) })),
      }),
      'is orphan and should have been ended by now',
    ],
    [
      'unjudged',
      withAccount({ dryRun: known(sweep([row('unknown', { evidence: 'Temporal could not be asked' })])) }),
      'no verdict on 1 pod: pk-prodaaaa-render-bbbbbb-1 (Temporal could not be asked)',
    ],
    [
      'other-control-plane',
      withAccount({ dryRun: known(sweep([row('other_control_plane')])) }),
      '1 pod of deployment prod on another control plane',
    ],
    [
      'money',
      withAccount({ dryRun: known(sweep([row('alive'), row('alive', { id: 'late-one' })])) }),
      '$4.00/h by the list ($0.00/h of it ownerless), $2.00/h metered by 1 of 1 open claims; not metered',
    ],
    [
      'money',
      withAccount({ dryRun: known(sweep([row('alive', { hourlyPrice: 3 })])) }),
      "not metered, or below the list's price: pk-",
    ],
  ],
  holding: [
    [
      'ownerless',
      withAccount({
        dryRun: known(sweep([row('orphan', { id: 'pod-2' })])),
        reaper: known(reaper({ last: swept(1, [suspect(3)]) })),
      }),
      '0 overdue, 1 orphan, 0 owner_not_found; the reaper is ending them: pod-2 (seen 3m ago)',
    ],
    [
      'ownerless',
      withAccount({
        reaper: known(reaper({ last: swept(1, [suspect(20, { deleteAcceptedAt: ago(9), absence: MISSING })]) })),
      }),
      'none',
    ],
    ['foreign', withAccount({ dryRun: known(sweep([row('foreign')])) }), '1 pod of others, left alone'],
    [
      'money',
      withAccount({ dryRun: known(sweep([row('alive'), row('orphan', { id: 'pod-2', hourlyPrice: 5 })])) }),
      '$7.00/h by the list ($5.00/h of it ownerless), $2.00/h metered',
    ],
    // Its create is under way: it can't know the pod yet.
    [
      'money',
      withClaim({ info: known(info({ attempts: [attempt({ outcome: 'sending', podId: null })] })) }),
      '$0.00/h metered',
    ],
    // It has ended since the dry run.
    ['money', soundFacts({ claims: known({ claims: [], isCutOff: false }) }), '0 of 0 open claims'],
  ],
});

test('a claim that does not answer leaves the money unknown', () => {
  const facts = withClaim({ info: notKnown('no worker answers for it') });
  expect(findingOf('money', facts)).toMatchObject({ state: 'unknown' });
});
