import { ERROR_KINDS } from '../../../src/model';
import { BODIES, OPERATIONS, failed, noReply, reply } from './operations';
import type { BodyName } from './operations';

type Row = readonly [status: number, kind: string, creating: string, refusedBy: readonly BodyName[]];

const OWN = ['error'] as const;
const NOT_A_PAGE = ['error', 'json', 'text', 'empty'] as const;

/** Status, its kind, its kind if something may have been created, and the bodies that guarantee that nothing was. */
const TABLE: readonly Row[] = [
  [200, 'provider', 'outcome_unknown', []],
  [201, 'provider', 'outcome_unknown', []],
  [202, 'provider', 'outcome_unknown', []],
  [204, 'provider', 'outcome_unknown', []],
  [206, 'provider', 'outcome_unknown', []],
  [300, 'unknown', 'outcome_unknown', []],
  [301, 'unknown', 'outcome_unknown', []],
  [302, 'unknown', 'outcome_unknown', []],
  [304, 'unknown', 'outcome_unknown', []],
  [307, 'unknown', 'outcome_unknown', []],
  [308, 'unknown', 'outcome_unknown', []],
  [400, 'validation', 'validation', []],
  [401, 'unauthorized', 'unauthorized', NOT_A_PAGE],
  [402, 'quota', 'quota', OWN],
  [403, 'forbidden', 'forbidden', OWN],
  [404, 'not_found', 'not_found', []],
  [405, 'unsupported', 'unsupported', []],
  [406, 'provider', 'outcome_unknown', []],
  [407, 'provider', 'outcome_unknown', []],
  [408, 'timeout', 'outcome_unknown', []],
  [409, 'conflict', 'conflict', []],
  [410, 'unsupported', 'unsupported', []],
  [412, 'conflict', 'conflict', []],
  [413, 'validation', 'validation', OWN],
  [414, 'validation', 'validation', []],
  [415, 'validation', 'validation', []],
  [418, 'provider', 'outcome_unknown', []],
  [422, 'validation', 'validation', OWN],
  [423, 'conflict', 'conflict', []],
  [425, 'rate_limited', 'outcome_unknown', []],
  [429, 'rate_limited', 'rate_limited', NOT_A_PAGE],
  [431, 'validation', 'validation', []],
  [499, 'provider', 'outcome_unknown', []],
  [500, 'provider', 'outcome_unknown', []],
  [501, 'provider', 'outcome_unknown', []],
  [502, 'provider', 'outcome_unknown', []],
  [503, 'provider', 'outcome_unknown', []],
  [504, 'provider', 'outcome_unknown', []],
  [520, 'provider', 'outcome_unknown', []],
  [524, 'provider', 'outcome_unknown', []],
  [599, 'provider', 'outcome_unknown', []],
];
/** Statuses that mean something else on a web page. */
const BY_PAGE: Readonly<Record<number, string>> = { 403: 'provider', 404: 'provider' };

const CASES = TABLE.flatMap(([status, kind, creating, refusedBy]) =>
  OPERATIONS.flatMap((operation) =>
    (Object.keys(BODIES) as BodyName[]).map((body) => {
      const isCreating = operation === 'create' || operation === 'job_submit';
      // A page is a gateway's, which may have passed the request on.
      const unsure = isCreating && body === 'page' && (status === 429 || BY_PAGE[status] !== undefined);
      const told = (body === 'page' ? BY_PAGE[status] : undefined) ?? (isCreating ? creating : kind);
      const expected = unsure ? 'outcome_unknown' : told;
      return { status, operation, body, kind: expected, refused: isCreating && refusedBy.includes(body) };
    }),
  ),
);

test.each(CASES)(
  '$status to $operation with $body: $kind, refused: $refused',
  ({ status, operation, body, kind, refused }) => {
    const error = failed(operation, reply(status, BODIES[body]));
    expect(error).toMatchObject({ kind, refused, status, provider: 'cloud' });
    expect(ERROR_KINDS).toContain(error.kind);
    expect(error.message).toMatch(new RegExp(`^cloud answered ${status}: \\S`));
    expect(error.message).not.toMatch(/nginx|<|\n/);
    if (body === 'error' || body === 'text') expect(error.message).toContain('it says why');
    // Where a retry could create a second one, the message must not suggest a retry.
    if (kind === 'outcome_unknown') expect(error.message).toMatch(/ may have been (created|submitted): .+ before /);
  },
);

test('a 403 of a gate before the API says what to do, however it is written', () => {
  const page = '<html><title>Access denied | api.example used Cloudflare</title>Error <span>1010</span></html>';
  for (const text of [page, 'error code: 1010', '{"error":"error code: 1010"}', 'Error 1010']) {
    const error = failed('create', reply(403, text));
    expect(error).toMatchObject({ kind: 'outcome_unknown', refused: false });
    expect(error.message).toMatch(/User-Agent/);
    expect(failed('read', reply(403, text)).kind).toBe('provider');
  }
  expect(failed('read', reply(403, 'you have 1010 pods')).kind).toBe('forbidden');
});

test('a page is told by its content type too', () => {
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  expect(failed('read', reply(404, 'Not Found', headers)).kind).toBe('provider');
  expect(failed('create', reply(401, 'Log in', headers)).refused).toBe(false);
});

test('a retired API is never a pod that is gone', () => {
  const { kind, message } = failed('read', reply(410, '{"message":"Gone"}'));
  expect(kind).toBe('unsupported');
  expect(message).toContain('this version of the API is retired, which says nothing about any pod');
});

describe('without a whole reply', () => {
  const REASONS = [
    'timeout',
    'aborted',
    'dns',
    'connect',
    'tls',
    'reset',
    'too_large',
    'unreadable',
    'unsent',
  ] as const;
  const SENT_KINDS = { timeout: 'timeout', too_large: 'provider', unreadable: 'provider' } as Readonly<
    Record<string, string>
  >;
  const cases = REASONS.flatMap((reason) => OPERATIONS.map((operation) => ({ reason, operation })));

  test.each(cases)('$reason in $operation', ({ reason, operation }) => {
    const isCreating = operation === 'create' || operation === 'job_submit';
    const unsent = failed(operation, noReply(reason, false));
    expect(unsent).toMatchObject({ kind: 'transport', refused: isCreating, provider: 'cloud' });
    expect(unsent.message).toBe('cloud: POST /pods was not sent: it went wrong');
    const sent = failed(operation, noReply(reason, true));
    expect(sent).toMatchObject({
      kind: isCreating ? 'outcome_unknown' : (SENT_KINDS[reason] ?? 'transport'),
      refused: false,
    });
    if (isCreating) expect(sent.message).toMatch(/ may have been (created|submitted): /);
  });

  test.each([200, 201, 401, 422, 429, 500])('a body that was lost after a %i refuses no create', (status) => {
    const rules = [{ status, kind: 'validation', refused: true } as const];
    expect(failed('create', noReply('too_large', true, status), { rules })).toMatchObject({
      kind: 'outcome_unknown',
      refused: false,
      status,
    });
  });

  test.each([
    [200, 'provider'],
    [302, 'provider'],
    [401, 'unauthorized'],
    [404, 'provider'],
    [429, 'rate_limited'],
    [503, 'provider'],
  ])('a body that was lost after a %i is %s in a read: nothing is gone by it', (status, kind) => {
    expect(failed('read', noReply('unreadable', true, status)).kind).toBe(kind);
  });

  test('a rule for the status alone gives a read its kind, and its words', () => {
    const rules = [{ status: 410, kind: 'not_found', message: 'the offer is gone' } as const];
    const error = failed('read', noReply('too_large', true, 410), { rules });
    expect(error).toMatchObject({ kind: 'not_found', refused: false });
    expect(error.message).toContain('the offer is gone');
  });

  test('the id of the request is told', () => {
    const failure = noReply('reset', true, 200);
    Object.assign(failure, { requestId: 'req-9' });
    expect(failed('read', failure).message).toMatch(/\(request req-9\)$/);
  });
});

describe('how long to wait', () => {
  const NOW = Date.parse('Sun, 06 Nov 1994 08:49:30 GMT');

  test.each<[number, Record<string, string>, string, number | undefined]>([
    [429, { 'retry-after': '12' }, '', 12_000],
    [429, { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, '', 7_000],
    [429, { ratelimit: '"minute";r=0;t=12, "hour";r=0;t=90', 'retry-after': '5' }, '', 90_000],
    [429, {}, '{"detail":"retry in 3 seconds"}', 3_000],
    [429, {}, 'API requests too frequent, retry in 3 seconds', 3_000],
    [429, {}, '', undefined],
    [429, { 'retry-after': '-1' }, '', undefined],
    [503, { 'retry-after': '30' }, '', 30_000],
    [503, {}, 'try again in 2 minutes', 120_000],
    [409, { 'retry-after': '4' }, 'try again in 2 minutes', 4_000],
    [400, { ratelimit: '"minute";r=0;t=12' }, 'no machine: try again in 2 minutes', undefined],
    [500, {}, 'retry in 3 seconds', undefined],
  ])('%i with %j and %p: %s ms', (status, headers, text, expected) => {
    expect(failed('create', reply(status, text, headers), { now: NOW }).retryAfterMs).toBe(expected);
  });
});
