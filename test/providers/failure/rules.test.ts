import type { ErrorRules } from '../../../src/providers/failure';
import { failed, noReply, reply } from './operations';

const error = (message: string, code?: string) => JSON.stringify({ error: { message, code } });

describe('each condition has to fit', () => {
  const RULES: ErrorRules = [
    { status: 400, code: 'launch/no-capacity', kind: 'no_capacity', refused: true },
    { status: [400, 500], text: /no instances/i, kind: 'no_capacity', refused: true },
    { code: /^quota\//, kind: 'quota', refused: true },
    { status: 409, operation: 'create', kind: 'conflict', refused: false, message: 'a pod of this name is there' },
    { operation: ['read', 'end'], status: 410, kind: 'not_found' },
  ];

  test.each([
    ['the code', 'create', 400, error('full', 'launch/no-capacity'), 'no_capacity', true],
    ['the code with another status', 'create', 500, error('full', 'launch/no-capacity'), 'outcome_unknown', false],
    ['part of the code', 'create', 400, error('full', 'launch/no-capacity-x'), 'validation', false],
    ['the text', 'create', 400, error('There are NO INSTANCES left'), 'no_capacity', true],
    ['the text with the second status', 'create', 500, error('no instances'), 'no_capacity', true],
    ['the text with another status', 'create', 502, error('no instances'), 'outcome_unknown', false],
    ['the text of a plain body', 'create', 500, 'no instances', 'no_capacity', true],
    ['a pattern of a code', 'create', 418, error('x', 'quota/gpus'), 'quota', true],
    ['the operation', 'create', 409, '', 'conflict', false],
    ['one of several operations', 'end', 410, '', 'not_found', false],
    ['another operation', 'create', 410, '', 'unsupported', false],
  ] as const)('%s', (_what, operation, status, text, kind, refused) => {
    expect(failed(operation, reply(status, text), { rules: RULES })).toMatchObject({ kind, refused });
  });
});

describe('where a code and words are looked for', () => {
  test.each<[string, unknown, boolean]>([
    ['beside the words', { error: 'no_ask', msg: 'gone' }, true],
    ['in the error', { error: { code: 'no_ask' } }, true],
    ['in the extensions of one of many', { errors: [{ message: 'a' }, { extensions: { code: 'no_ask' } }] }, true],
    ['in what the reply echoes', { env: { code: 'no_ask' }, detail: 'bad' }, false],
    ['in the words', { detail: 'no_ask' }, false],
  ])('a code %s', (_where, body, isFound) => {
    const rules: ErrorRules = [{ code: 'no_ask', kind: 'no_capacity' }];
    expect(failed('read', reply(400, JSON.stringify(body)), { rules }).kind === 'no_capacity').toBe(isFound);
  });

  test.each<[string, unknown, boolean]>([
    ['in a detail', { detail: 'SOLD OUT' }, true],
    ['in one of many errors', { title: 'Invalid', errors: [{ detail: 'a' }, 'all sold out'] }, true],
    ['in a name that the reply echoes', { name: 'sold out', detail: 'bad' }, false],
  ])('words %s', (_where, body, isFound) => {
    const rules: ErrorRules = [{ text: /sold out/i, kind: 'no_capacity' }];
    expect(failed('read', reply(400, JSON.stringify(body)), { rules }).kind === 'no_capacity').toBe(isFound);
  });
});

test('the first that fits holds', () => {
  const rules: ErrorRules = [
    { status: 400, text: /gpu/, kind: 'no_capacity' },
    { status: 400, kind: 'quota' },
  ];
  expect(failed('read', reply(400, error('no gpu')), { rules }).kind).toBe('no_capacity');
  expect(failed('read', reply(400, error('no cpu')), { rules }).kind).toBe('quota');
});

describe('whether it is refused', () => {
  test.each([
    [401, error('bad key'), undefined, true],
    [401, error('bad key'), false, false],
    [401, '<html>', undefined, false],
    [401, '<html>', true, true],
    [500, error('no instances'), undefined, false],
    [500, error('no instances'), true, true],
    [429, 'slow down', false, false],
    [200, error('bad'), true, true],
  ])('%i %s with refused: %p in the rule is %p', (status, text, refused, expected) => {
    const rules: ErrorRules = [{ status, kind: 'provider', ...(refused !== undefined && { refused }) }];
    expect(failed('create', reply(status, text), { rules })).toMatchObject({
      kind: expected ? 'provider' : 'outcome_unknown',
      refused: expected,
    });
  });

  test('no rule makes what was sent and not answered a refusal', () => {
    const rules: ErrorRules = [{ kind: 'no_capacity', refused: true }];
    expect(failed('create', noReply('reset', true), { rules })).toMatchObject({
      kind: 'outcome_unknown',
      refused: false,
    });
  });

  test('a read is never refused', () => {
    expect(failed('read', reply(401), { rules: [{ kind: 'quota', refused: true }] }).refused).toBe(false);
  });
});

test('an answer of 200 that says no is told by the rules', () => {
  const rules: ErrorRules = [{ status: 200, code: 'no_such_ask', kind: 'no_capacity', refused: true }];
  const text = '{"success":false,"error":"no_such_ask","msg":"Instance type 1 is not available"}';
  const refused = failed('create', reply(200, text), { rules });
  expect(refused).toMatchObject({ kind: 'no_capacity', refused: true });
  expect(refused.message).toBe('cloud answered 200: Instance type 1 is not available');
});

test('a text that a reply only echoes is not what it says', () => {
  const rules: ErrorRules = [{ text: /no instances/, kind: 'no_capacity', refused: true }];
  const text = JSON.stringify({ error: 'internal', env: { MOTTO: 'no instances' } });
  expect(failed('create', reply(500, text), { rules })).toMatchObject({ kind: 'outcome_unknown', refused: false });
});

test('a pattern with the flag g finds the same each time', () => {
  const rules: ErrorRules = [{ text: /no instances/g, code: /^a$/gy, kind: 'no_capacity' }];
  for (let round = 0; round < 4; round++) {
    expect(failed('read', reply(400, error('no instances', 'a')), { rules }).kind).toBe('no_capacity');
  }
});

test("a rule without a message leaves the provider's words, and adds no advice to them", () => {
  const rules: ErrorRules = [{ status: 400, kind: 'no_capacity' }];
  expect(failed('read', reply(400, error('all sold out')), { rules }).message).toBe('cloud answered 400: all sold out');
});

test("a rule's own message stands in place of the provider's words and of our advice", () => {
  const rules: ErrorRules = [{ status: 400, kind: 'validation', message: 'no such template' }];
  expect(failed('read', reply(400, error('canary')), { rules }).message).toBe('cloud answered 400: no such template');
});
