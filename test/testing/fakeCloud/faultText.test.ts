import { startFakeCloud } from '../../../src/testing/fakeCloud';
import { readFault } from '../../../src/testing/fakeCloud/faultText';

test.each([
  ['create:executed_then_error', { cloud: { kind: 'executed_then_error', on: 'create' } }],
  ['create:no_answer*3', { cloud: { kind: 'no_answer', on: 'create', count: 3 } }],
  ['create:no_capacity*always', { cloud: { kind: 'refused', on: 'create', code: 'no_capacity', count: Infinity } }],
  [
    'terminate:rate_limited=30s',
    { cloud: { kind: 'refused', on: 'terminate', code: 'rate_limited', retryAfterMs: 30_000 } },
  ],
  ['create:late_commit=1m', { cloud: { kind: 'late_commit', lateMs: 60_000 } }],
  ['list:list_lag=60s', { cloud: { kind: 'list_lag', lagMs: 60_000 } }],
  ['list:list_empty', { cloud: { kind: 'list_empty' } }],
  ['list:list_omits*2', { cloud: { kind: 'list_omits', count: 2 } }],
  ['get:not_found_then_back', { cloud: { kind: 'not_found_then_back', on: 'get' } }],
  ['terminate:gone_but_alive=60s', { cloud: { kind: 'gone_but_alive', forMs: 60_000 } }],
  ['terminate:busy_until=60s', { cloud: { kind: 'busy_until', forMs: 60_000 } }],
  ['terminate:terminate_ignored', { cloud: { kind: 'terminate_ignored' } }],
  ['stop:slow=2s', { cloud: { kind: 'slow', on: 'stop', byMs: 2_000 } }],
  ['list:html_page', { wire: { on: 'list', fault: { kind: 'html_page' } } }],
  ['next_page:status=503*2', { wire: { on: 'next_page', fault: { kind: 'status', status: 503 }, count: 2 } }],
])('%s', async (text, fault) => {
  const read = readFault(text);
  expect(read).toEqual(fault);

  // Parsed faults can be injected.
  const fake = await startFakeCloud();
  if (read !== undefined && 'cloud' in read) fake.cloud.inject(read.cloud);
  if (read !== undefined && 'wire' in read) fake.wire.inject(read.wire);
  await fake.close();
});

test.each([
  '',
  'create',
  'create:',
  'spawn:error',
  'create:nothing',
  'list:late_commit=1s',
  'create:late_commit',
  'list:status=99',
  'list:html_page=3',
  'create:error=1',
  'create:error*x',
])('%j is none', (text) => {
  expect(readFault(text)).toBeUndefined();
});
