import { inspect } from 'node:util';
import { HttpFailure } from '../../src/http';
import type { HttpFailureReason } from '../../src/http';
import type { ErrorKind, PodkeeperError } from '../../src/model';
import { failureOf } from '../../src/providers/failure';
import type { ErrorRules, FailureInput, FailureOperation } from '../../src/providers/failure';

const OPERATIONS: readonly FailureOperation[] = ['create', 'job_submit', 'read', 'end', 'change'];
const CREATING: readonly FailureOperation[] = ['create', 'job_submit'];

/** One body of each form: what the API itself says, JSON that isn't that, a gateway's page, a bare line, nothing. */
const BODIES = {
  own: JSON.stringify({ title: 'Refused', detail: 'for a reason' }),
  json: JSON.stringify({ id: 'pod-1' }),
  page: '<!DOCTYPE html><html><body>for a reason</body></html>',
  text: 'for a reason',
  none: '',
} as const;
type Form = keyof typeof BODIES;
const FORMS = Object.keys(BODIES) as Form[];

function failureWith(
  status: number,
  text: string,
  more: Partial<FailureInput> & { headers?: Record<string, string> } = {},
): PodkeeperError {
  const { headers = {}, ...input } = more;
  return failureOf({ provider: 'acme', operation: 'read', outcome: { status, headers, text }, ...input });
}

describe('the table: status × form of the body × operation', () => {
  /** Status, kind, and with which bodies it is sure that a create made nothing. Any other pair leaves the outcome to be looked up. */
  const TABLE: readonly (readonly [number, ErrorKind, readonly Form[]])[] = [
    [300, 'unknown', []],
    [301, 'unknown', []],
    [302, 'unknown', []],
    [303, 'unknown', []],
    [304, 'unknown', []],
    [307, 'unknown', []],
    [308, 'unknown', []],
    [400, 'validation', []],
    [401, 'unauthorized', ['own', 'json', 'text', 'none']],
    [402, 'quota', ['own']],
    [403, 'forbidden', ['own']],
    [404, 'not_found', []],
    [405, 'unsupported', []],
    [406, 'provider', []],
    [407, 'provider', []],
    [408, 'timeout', []],
    [409, 'conflict', []],
    [410, 'unsupported', []],
    [411, 'provider', []],
    [412, 'conflict', []],
    [413, 'validation', ['own']],
    [414, 'validation', []],
    [415, 'validation', []],
    [418, 'provider', []],
    [421, 'provider', []],
    [422, 'validation', ['own']],
    [423, 'conflict', []],
    [424, 'provider', []],
    [425, 'rate_limited', []],
    [426, 'provider', []],
    [428, 'provider', []],
    [429, 'rate_limited', ['own', 'json', 'text', 'none']],
    [431, 'validation', []],
    [451, 'provider', []],
    [499, 'provider', []],
    [500, 'provider', []],
    [501, 'provider', []],
    [502, 'provider', []],
    [503, 'provider', []],
    [504, 'provider', []],
    [520, 'provider', []],
    [522, 'provider', []],
    [524, 'provider', []],
    [529, 'provider', []],
    [530, 'provider', []],
    [599, 'provider', []],
  ];
  /** What a page stands for where it would be read wrongly: a key that is no trouble, a pod that isn't gone. */
  const AS_A_PAGE: Partial<Record<number, ErrorKind>> = { 403: 'provider', 404: 'provider' };

  describe.each(TABLE)('%i is %s, refused by %j', (status, kind, refusedBy) => {
    test.each(FORMS)('as %s', (form) => {
      const answers = OPERATIONS.map((operation) => {
        const failure = failureWith(status, BODIES[form], { operation });
        return { operation, kind: failure.kind, refused: failure.refused, status: failure.status };
      });
      const expected = OPERATIONS.map((operation) => ({
        operation,
        kind: form === 'page' ? (AS_A_PAGE[status] ?? kind) : kind,
        refused: CREATING.includes(operation) && refusedBy.includes(form),
        status,
      }));
      expect(answers).toEqual(expected);
    });
  });

  describe.each([200, 201, 202, 204, 206])('a %i that is no success', (status) => {
    test.each(FORMS)('as %s: after a create nobody knows, else the provider is at fault', (form) => {
      const kinds = OPERATIONS.map((operation) => {
        const { kind, refused } = failureWith(status, BODIES[form], { operation });
        return [operation, kind, refused];
      });
      expect(kinds).toEqual([
        ['create', 'outcome_unknown', false],
        ['job_submit', 'outcome_unknown', false],
        ['read', 'provider', false],
        ['end', 'provider', false],
        ['change', 'provider', false],
      ]);
    });
  });
});

describe('the table: no whole reply × operation', () => {
  /** Reason, and the kind of it for what can be sent again, once it was sent. */
  const REASONS: readonly (readonly [HttpFailureReason, ErrorKind])[] = [
    ['timeout', 'timeout'],
    ['aborted', 'transport'],
    ['dns', 'transport'],
    ['connect', 'transport'],
    ['tls', 'transport'],
    ['reset', 'transport'],
    ['too_large', 'provider'],
    ['unreadable', 'provider'],
    ['unsent', 'transport'],
  ];
  const outcomeOf = (reason: HttpFailureReason, sent: boolean, status?: number) =>
    new HttpFailure({ reason, sent, asked: 'POST /pods', what: 'it went wrong', status });

  test.each(REASONS)('%s, nothing was sent: refused', (reason) => {
    for (const operation of OPERATIONS) {
      const failure = failureOf({ provider: 'acme', operation, outcome: outcomeOf(reason, false) });
      expect(failure).toMatchObject({ kind: 'transport', refused: CREATING.includes(operation), provider: 'acme' });
      expect(failure.message).toBe('acme: POST /pods was not sent: it went wrong');
    }
  });

  test.each(REASONS)('%s, sent: nobody knows what a create did', (reason, kind) => {
    for (const operation of OPERATIONS) {
      const failure = failureOf({ provider: 'acme', operation, outcome: outcomeOf(reason, true) });
      const isCreating = CREATING.includes(operation);
      expect(failure).toMatchObject({ kind: isCreating ? 'outcome_unknown' : kind, refused: false });
      expect(failure.message).toMatch(/^acme: POST \/pods: it went wrong/);
      if (isCreating) expect(failure.message).toMatch(/look before you repeat it$/);
    }
  });

  const SURELY_REFUSING: ErrorRules = [{ status: [400, 401, 402, 422, 429], kind: 'no_capacity', refused: true }];

  test.each([400, 401, 402, 422, 429, 500])('a %i whose body was cut off refuses no create, by no rule', (status) => {
    for (const operation of CREATING) {
      const outcome = outcomeOf('reset', true, status);
      const failure = failureOf({ provider: 'acme', operation, outcome, rules: SURELY_REFUSING });
      expect(failure).toMatchObject({ kind: 'outcome_unknown', refused: false, status });
    }
  });

  test.each<[number, ErrorKind]>([
    [401, 'unauthorized'],
    [429, 'rate_limited'],
    [503, 'provider'],
    [404, 'transport'],
    [200, 'transport'],
  ])('a read’s %i whose body was cut off is %s: never "not found"', (status, kind) => {
    for (const operation of ['read', 'end'] as const) {
      const failure = failureOf({ provider: 'acme', operation, outcome: outcomeOf('reset', true, status) });
      expect(failure).toMatchObject({ kind, refused: false, status });
    }
  });
});

describe('what gateways say', () => {
  test.each([
    ['an HTML page', '<html><title>Access denied</title>error 1010</html>', 'text/html'],
    ['a bare line', 'error code: 1010', 'text/plain'],
    ['JSON', '{"error":"error code: 1010"}', 'application/json'],
  ])('Cloudflare’s 1010 as %s is no matter of the key, and no refusal', (_form, text, type) => {
    const failure = failureWith(403, text, { operation: 'create', headers: { 'content-type': type } });
    expect(failure).toMatchObject({ kind: 'provider', refused: false });
    expect(failure.message).toMatch(/User-Agent/);
  });

  test('a 403 of the API that names another number is the key’s', () => {
    expect(failureWith(403, '{"detail":"policy 1010 forbids it"}').kind).toBe('forbidden');
  });

  test('a page is known by what it is called, too', () => {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    expect(failureWith(404, 'no such page', { headers }).kind).toBe('provider');
    expect(failureWith(404, 'no such pod').kind).toBe('not_found');
  });

  test('410 is the end of an API, never of a pod', () => {
    for (const operation of OPERATIONS) {
      const { kind, message } = failureWith(410, BODIES.own, { operation });
      expect(kind).toBe('unsupported');
      expect(message).toMatch(/API generation is retired/);
    }
  });

  test('no markup of a page is shown', () => {
    const page = '<html><head><style>b{}</style></head><body onload="x()"><h1>502</h1> canary</body></html>';
    const { message } = failureWith(502, page);
    expect(message).toBe('acme answered 502: the provider has trouble: try again later');
  });
});

describe('rules', () => {
  const create = (status: number, body: unknown, rules: ErrorRules, operation: FailureOperation = 'create') =>
    failureWith(status, typeof body === 'string' ? body : JSON.stringify(body), { rules, operation });

  test('come before the table, in both directions', () => {
    const rules: ErrorRules = [
      { status: 500, text: /no instances/i, kind: 'no_capacity', refused: true },
      { status: 401, kind: 'unauthorized', refused: false },
    ];
    expect(create(500, { error: 'There are NO INSTANCES available' }, rules)).toMatchObject({
      kind: 'no_capacity',
      refused: true,
    });
    expect(create(401, { error: 'bad key' }, rules)).toMatchObject({ kind: 'unauthorized', refused: false });
    expect(create(500, { error: 'something else' }, rules)).toMatchObject({ kind: 'provider', refused: false });
  });

  test('what a rule doesn’t say of a refusal, the table says', () => {
    const rules: ErrorRules = [{ kind: 'quota' }];
    expect(create(422, BODIES.own, rules)).toMatchObject({ kind: 'quota', refused: true });
    expect(create(400, BODIES.own, rules)).toMatchObject({ kind: 'quota', refused: false });
  });

  test('refuse nothing but what creates', () => {
    const rules: ErrorRules = [{ kind: 'not_found', refused: true }];
    for (const operation of ['read', 'end', 'change'] as const) {
      expect(create(404, BODIES.own, rules, operation)).toMatchObject({ kind: 'not_found', refused: false });
    }
  });

  test('the first that fits holds', () => {
    const rules: ErrorRules = [
      { status: 400, code: 'capacity', kind: 'no_capacity' },
      { status: 400, kind: 'quota' },
      { status: 400, kind: 'conflict' },
    ];
    expect(create(400, { code: 'capacity' }, rules).kind).toBe('no_capacity');
    expect(create(400, { code: 'other' }, rules).kind).toBe('quota');
  });

  const FITS: readonly (readonly [string, ErrorRules[number], number, unknown, boolean])[] = [
    ['one status', { status: 400, kind: 'quota' }, 400, {}, true],
    ['another status', { status: 400, kind: 'quota' }, 401, {}, false],
    ['one of several', { status: [400, 404], kind: 'quota' }, 404, {}, true],
    ['a whole code', { code: 'no_ask', kind: 'quota' }, 400, { error: 'no_ask', msg: 'gone' }, true],
    ['a part of a code', { code: 'no_ask', kind: 'quota' }, 400, { code: 'no_asks' }, false],
    ['a pattern of a code', { code: /^no_/, kind: 'quota' }, 400, { code: 'no_asks' }, true],
    ['a nested code', { code: 'global/quota', kind: 'quota' }, 400, { error: { code: 'global/quota' } }, true],
    [
      'a code of an extension',
      { code: 'RUNPOD', kind: 'quota' },
      400,
      { errors: [{ message: 'a', extensions: { code: 'RUNPOD' } }] },
      true,
    ],
    ['a text', { text: /sold out/i, kind: 'quota' }, 400, { detail: 'SOLD OUT' }, true],
    ['a bare text', { text: /sold out/i, kind: 'quota' }, 400, 'sold out', true],
    ['what a reply echoes', { text: /sold out/i, kind: 'quota' }, 400, { name: 'sold out', detail: 'bad' }, false],
    ['what a reply echoes in env', { text: /sold out/i, kind: 'quota' }, 400, { env: { A: 'sold out' } }, false],
    ['its operation', { operation: 'create', kind: 'quota' }, 400, {}, true],
    ['one of its operations', { operation: ['end', 'create'], kind: 'quota' }, 400, {}, true],
    ['another operation', { operation: 'job_submit', kind: 'quota' }, 400, {}, false],
    ['one condition of two', { status: 400, text: /sold out/, kind: 'quota' }, 400, { detail: 'bad' }, false],
  ];

  test.each(FITS)('by %s', (_what, rule, status, body, isFitting) => {
    expect(create(status, body, [rule]).kind === 'quota').toBe(isFitting);
  });

  test('a pattern with the flag g fits each time', () => {
    const rules: ErrorRules = [{ text: /sold out/g, kind: 'no_capacity' }];
    const kinds = [1, 2, 3].map(() => create(400, { detail: 'all sold out' }, rules).kind);
    expect(kinds).toEqual(['no_capacity', 'no_capacity', 'no_capacity']);
  });

  test('their message stands in place of the provider’s words', () => {
    const rules: ErrorRules = [{ status: 402, kind: 'quota', message: 'top up at acme.example' }];
    expect(create(402, { detail: 'ERR 77' }, rules).message).toBe('acme answered 402: top up at acme.example');
  });

  test('none of their advice is added to a provider’s words that a rule knows', () => {
    const rules: ErrorRules = [{ status: 400, kind: 'no_capacity' }];
    expect(create(400, { detail: 'all sold out' }, rules).message).toBe('acme answered 400: all sold out');
  });
});

describe('the text', () => {
  const says = (body: unknown) => {
    const { message } = failureWith(422, typeof body === 'string' ? body : JSON.stringify(body));
    const match = /^acme answered 422: (?:(.*); )?check what was asked for$/.exec(message);
    if (match === null) throw new Error(`not the form of a message: ${message}`);
    return match[1];
  };

  test.each<[string, unknown, string | undefined]>([
    ['a problem document', { type: 'about:blank', title: 'Invalid', status: 422, detail: 'gpu' }, 'Invalid; gpu'],
    ['its list of errors', { title: 'Invalid', errors: [{ detail: 'a' }, { message: 'b' }, 'c'] }, 'Invalid; a; b; c'],
    ['errors by field', { errors: { name: ['too long'], gpu: ['unknown'] } }, 'too long; unknown'],
    ['an error in an object', { error: { code: 'x/y', message: 'too few', suggestion: 'wait' } }, 'too few; wait'],
    ['an error as a text', { error: 'create pod: no' }, 'create pod: no'],
    ['a message', { message: 'no' }, 'no'],
    ['a code and a text beside it', { success: false, error: 'no_such_ask', msg: 'it is gone' }, 'it is gone'],
    ['only a code', { error: 'no_such_ask' }, 'no_such_ask'],
    ['GraphQL', { errors: [{ message: 'no' }], data: null }, 'no'],
    ['a list', [{ message: 'a' }, { message: 'b' }], 'a; b'],
    ['one thing said twice', { title: 'no', detail: 'no', message: 'no' }, 'no'],
    ['a plain text', 'upstream said no', 'upstream said no'],
    ['several lines and controls', { detail: 'a\r\nb\tc\u0000d\u001b[31me\u2028f\u202eg' }, 'a b c d [31me f g'],
    ['markup in a message', { detail: '<b>no</b> <script>x()</script> 1 < 2' }, 'no x() 1 < 2'],
    ['no words', { id: 'pod-1', env: { A: 'b' } }, undefined],
    ['words that are no text', { message: { a: 'b' }, error: 7, detail: [1] }, undefined],
    ['broken JSON', '{"message":"n', '{"message":"n'],
    ['a page', '<html>no</html>', undefined],
    ['nothing', '  \n', undefined],
    ['fields that every object has', '{"__proto__":{"message":"inherited"}}', undefined],
  ])('%s', (_what, body, expected) => {
    expect(says(body)).toBe(expected);
  });

  test('is one line of at most 300 characters of the provider’s', () => {
    const said = says({ detail: 'x y '.repeat(10_000) });
    expect(said).toHaveLength(300);
    expect(said).toMatch(/^(x y )+x…$|y…$/);
  });

  test('names the request, by the header before the body', () => {
    const body = '{"detail":"no","request_id":"in-body"}';
    expect(failureWith(500, body).message).toMatch(/ \(request in-body\)$/);
    expect(failureWith(500, body, { headers: { 'x-request-id': 'in-head' } }).message).toMatch(/ \(request in-head\)$/);
    const cut = new HttpFailure({ reason: 'reset', sent: true, asked: 'GET /', what: 'cut', requestId: 'r-1' });
    expect(failureOf({ provider: 'acme', operation: 'read', outcome: cut }).message).toMatch(/\(request r-1\)$/);
  });

  test.each([
    ['deep', '['.repeat(100_000)],
    ['deep and whole', `${'{"error":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['long', `{"message":"${'m'.repeat(5_000_000)}"}`],
    ['of many errors', JSON.stringify({ errors: Array.from({ length: 100_000 }, (_, n) => ({ message: `m${n}` })) })],
    ['of nothing but angles', '<'.repeat(200_000)],
    ['of nothing but blanks', ' '.repeat(200_000)],
    ['null', 'null'],
    ['a number', '7'],
  ])('a body %s is told in a line', (_what, body) => {
    const { message } = failureWith(500, body);
    expect(message.length).toBeLessThan(450);
    expect(message).not.toMatch(/\n/);
  });
});

describe('waiting', () => {
  const NOW = Date.UTC(2026, 10, 24);
  const retryAfter = (status: number, headers: Record<string, string>, text = '') =>
    failureWith(status, text, { headers, now: NOW }).retryAfterMs;

  test.each([
    ['Retry-After', 429, { 'retry-after': '7' }, '', 7_000],
    ['Retry-After of other failures', 503, { 'retry-after': '7' }, '', 7_000],
    ['Retry-After as a date', 429, { 'retry-after': 'Tue, 24 Nov 2026 00:01:00 GMT' }, '', 60_000],
    ['a used up window', 429, { ratelimit: '"minute";r=0;t=12, "hour";r=9;t=900' }, '', 12_000],
    ['the longest of both', 429, { 'retry-after': '2', ratelimit: '"minute";r=0;t=12' }, '', 12_000],
    ['words', 429, {}, 'Too many requests. Please retry in 3 seconds', 3_000],
    ['words in JSON', 429, {}, '{"detail":"retry in 3 seconds"}', 3_000],
    ['words of another failure', 400, {}, 'retry in 3 seconds', undefined],
    ['a used up window beside another failure', 400, { ratelimit: '"hour";r=0;t=900' }, '', undefined],
    ['nothing', 429, {}, 'slow down', undefined],
  ])('%s', (_what, status, headers, text, expected) => {
    expect(retryAfter(status, headers as Record<string, string>, text)).toBe(expected);
  });
});

describe('secrets', () => {
  const KEY = 'rpa_CANARY0123456789abcdef';
  const VALUE = 'canary value/+"quoted"\\ä';
  const secrets = [KEY, VALUE];
  const WRITTEN = [
    KEY,
    VALUE,
    encodeURIComponent(VALUE),
    JSON.stringify(VALUE).slice(1, -1),
    Buffer.from(KEY).toString('base64'),
    Buffer.from(`user:${KEY}`).toString('base64'),
    `Bearer ${KEY}`,
  ];

  test.each(WRITTEN)('%s is in no error, wherever the provider says it', (written) => {
    const bodies = [
      { detail: `no: ${written}` },
      { title: written, errors: [{ message: written }] },
      { error: { code: written.replaceAll(/\W/g, ''), message: `${'x'.repeat(285)}${written}` } },
      { error: written },
      { request_id: written },
    ].map((body) => JSON.stringify(body));
    for (const text of [...bodies, written, `<html>${written}</html>`, `{"message":"${written}`]) {
      for (const headers of [undefined, { 'x-request-id': written.replaceAll(' ', '') }]) {
        for (const operation of OPERATIONS) {
          const failure = failureWith(422, text, { secrets, operation, ...(headers && { headers }) });
          const shown = [
            failure.message,
            failure.stack,
            inspect(failure, { depth: 9, showHidden: true }),
            JSON.stringify(failure),
          ];
          for (const place of shown) expect(place).not.toMatch(/canary|Q0FOQVJZ|Y2FuYXJ5/i);
          expect(failure.cause).toBeUndefined();
          expect(failure.details).toBeUndefined();
        }
      }
    }
  });

  test('no half of one is left where the text is cut', () => {
    for (let before = 250; before <= 310; before++) {
      const { message } = failureWith(422, JSON.stringify({ detail: `${'x'.repeat(before)}${KEY}` }), { secrets });
      expect(message).not.toMatch(/rpa_|CANARY/);
    }
  });

  test('a failure without a reply has none either', () => {
    const outcome = new HttpFailure({
      reason: 'reset',
      sent: true,
      asked: `GET /pods/${KEY}`,
      what: `gone ${VALUE}`,
      requestId: KEY,
    });
    const failure = failureOf({ provider: 'acme', operation: 'read', outcome, secrets });
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/canary/i);
  });
});
