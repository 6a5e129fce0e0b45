import * as checks from '../../src/doctor/claimChecks';
import { ago, findingOf, info, known, notKnown, testChecks, withClaim } from './facts';

testChecks(Object.values(checks), {
  broken: [
    ['stuck', withClaim({ taskAttempt: 7 }), 'render (try 7)'],
    ['overdue', withClaim({ notAfter: ago(16) }), `render (${ago(16)})`],
    [
      'debts',
      withClaim({
        info: known(info({ debts: [{ account: 'main', name: 'pk-x', podIds: ['pod-1'], since: ago(6), alarms: 1 }] })),
      }),
      'render has been ending pk-x (pod-1) for 6m; 1 alarm raised',
    ],
  ],
  holding: [
    ['stuck', withClaim({ taskAttempt: 1 }), 'none of 1 open claim'],
    ['overdue', withClaim({ notAfter: ago(14) }), 'none of 1 open claim'],
    [
      'debts',
      withClaim({
        info: known(info({ debts: [{ account: 'main', name: 'pk-x', podIds: [], since: ago(1), alarms: 0 }] })),
      }),
      '1 end pending, no alarm',
    ],
  ],
});

test('a claim that does not answer leaves its debts unknown', () => {
  const facts = withClaim({ info: notKnown('no worker answers for it') });
  expect(findingOf('debts', facts)).toMatchObject({ state: 'unknown', message: '1 claim did not answer: render' });
});
