import { createMockProvider } from '../../../src/providers/mock';
import { FAILURE_CODES, ManualClock } from '../../../src/simulator';
import type { FailureCode, Fault } from '../../../src/simulator';
import type { ErrorKind } from '../../../src/model';
import { CONTEXT, requestOf } from './requests';

const MEANINGS: Record<FailureCode, [ErrorKind, refused: boolean]> = {
  unauthorized: ['unauthorized', true],
  forbidden: ['forbidden', true],
  not_found: ['not_found', true],
  no_capacity: ['no_capacity', true],
  quota: ['quota', true],
  rate_limited: ['rate_limited', true],
  invalid: ['validation', true],
  busy: ['conflict', true],
  conflict: ['conflict', true],
  internal: ['provider', false],
  no_answer: ['timeout', false],
};

function faultOf(code: FailureCode): Fault {
  if (code === 'internal') return { kind: 'error', on: 'create' };
  return code === 'no_answer'
    ? { kind: 'no_answer', on: 'create' }
    : { kind: 'refused', on: 'create', code, retryAfterMs: 1_500 };
}

test.each(FAILURE_CODES)('a create that fails by %s', async (code) => {
  const mock = createMockProvider({ faults: [faultOf(code)] });
  const [kind, refused] = MEANINGS[code];
  await expect(mock.spawn(requestOf(), CONTEXT)).rejects.toMatchObject({
    name: 'PodkeeperError',
    kind,
    refused,
    provider: 'mock',
    retryAfterMs: refused ? 1_500 : undefined,
  });
});

test.each<[Fault, ErrorKind]>([
  [{ kind: 'executed_then_no_answer', on: 'create' }, 'timeout'],
  [{ kind: 'executed_then_error', on: 'create' }, 'provider'],
  [{ kind: 'late_commit', lateMs: 5 }, 'timeout'],
])('what may have been done is never refused: %j', async (fault, kind) => {
  const mock = createMockProvider({ faults: [fault] });
  await expect(mock.spawn(requestOf(), CONTEXT)).rejects.toMatchObject({ kind, refused: false });
});

test('a read is never refused', async () => {
  const mock = createMockProvider({
    faults: [{ kind: 'refused', on: ['get', 'list'], code: 'unauthorized', count: 2 }],
  });
  await expect(mock.get('x', CONTEXT)).rejects.toMatchObject({ kind: 'unauthorized', refused: false });
  await expect(mock.list({}, CONTEXT)).rejects.toMatchObject({ kind: 'unauthorized', refused: false });
});

test('a terminate that is refused or fails rejects; one of what is hidden resolves', async () => {
  const mock = createMockProvider();
  const { id } = await mock.spawn(requestOf(), CONTEXT);
  mock.cloud.inject({ kind: 'busy_until', forMs: 60_000 });
  await expect(mock.terminate(id, CONTEXT)).rejects.toMatchObject({ kind: 'conflict' });
  mock.cloud.clearFaults();
  mock.cloud.inject({ kind: 'error', on: 'terminate' });
  await expect(mock.terminate(id, CONTEXT)).rejects.toMatchObject({ kind: 'provider' });
  mock.cloud.inject({ kind: 'not_found_then_back', on: 'terminate' });
  await mock.terminate(id, CONTEXT);
  expect((await mock.get(id, CONTEXT)).status).toBe('running');
});

test('beforeSend is called once, synchronously before the effect, and may forbid it', async () => {
  const mock = createMockProvider();
  const seen: number[] = [];
  await mock.spawn(requestOf(), { ...CONTEXT, beforeSend: () => seen.push(mock.cloud.pods().length) });
  expect(seen).toEqual([0]);
  const fence = new Error('too late');
  const forbid = () => {
    throw fence;
  };
  await expect(mock.spawn(requestOf(), { ...CONTEXT, beforeSend: forbid })).rejects.toBe(fence);
  expect(mock.cloud.pods()).toHaveLength(1);
});

test('given up before it was sent: refused; while it hangs: not', async () => {
  const mock = createMockProvider({
    clock: new ManualClock(),
    faults: [{ kind: 'executed_then_no_answer', on: 'create', hangs: true }],
  });
  await expect(mock.spawn(requestOf(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    kind: 'timeout',
    refused: true,
    message: expect.stringMatching(/^nothing was sent: /) as string,
  });
  const given = new AbortController();
  const spawned = mock.spawn(requestOf(), {
    signal: given.signal,
    beforeSend: () => queueMicrotask(() => given.abort()),
  });
  await expect(spawned).rejects.toMatchObject({ kind: 'timeout', refused: false });
  expect(mock.cloud.pods()).toHaveLength(1);
});

test('calls are signed with the first credential of the cloud, or with one that can be rotated', async () => {
  let key = 'old';
  const mock = createMockProvider({ credentials: ['old'], credential: () => key });
  const plain = createMockProvider({ cloud: mock.cloud });
  const { id } = await mock.spawn(requestOf(), CONTEXT);
  await plain.get(id, CONTEXT);
  mock.cloud.revoke('old');
  await expect(mock.terminate(id, CONTEXT)).rejects.toMatchObject({ kind: 'unauthorized' });
  mock.cloud.setCredential('new');
  key = 'new';
  await mock.terminate(id, CONTEXT);
  expect(mock.cloud.ledger.billing()).toEqual([]);
});
