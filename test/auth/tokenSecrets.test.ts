import { inspect } from 'node:util';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  TokenSecrets,
  isTokenSecrets,
  podSigningKey,
  podToken,
  tokenSecretsFrom,
  tokenSecretsOf,
} from '../../src/auth';
import { NAMES, OTHER_SECRET, SECRET } from './secrets';

describe('TokenSecrets.parse', () => {
  test.each<[what: string, text: string, current: number, versions: number[]]>([
    ['one secret as version 1', SECRET, 1, [1]],
    ['a list, with the first version current', `2:${OTHER_SECRET},1:${SECRET}`, 2, [2, 1]],
    ['a list of one', `12:${SECRET}`, 12, [12]],
    ['a list, with an older version current', `1:${SECRET},2:${OTHER_SECRET}`, 1, [1, 2]],
    ['a list with blanks and a newline', ` 2:${OTHER_SECRET} , 1:${SECRET}\n`, 2, [2, 1]],
  ])('reads %s', (_what, text, current, versions) => {
    expect(TokenSecrets.parse(text)).toMatchObject({ current, versions });
  });

  test('derives each version from its own secret', () => {
    const secrets = TokenSecrets.parse(`2:${OTHER_SECRET},1:${SECRET}`);
    expect(secrets.token(NAMES[0], 1)).toBe(podToken(SECRET, NAMES[0]));
    expect(secrets.token(NAMES[0], 2)).toBe(podToken(OTHER_SECRET, NAMES[0]));
    expect(secrets.signingKey(NAMES[0], 1)).toBe(podSigningKey(SECRET, NAMES[0]));
    expect(secrets.signingKey(NAMES[0], 2)).toBe(podSigningKey(OTHER_SECRET, NAMES[0]));
  });

  test.each<[what: string, text: unknown, message: string]>([
    ['an empty text', '', 'VAR: is too short: 0 characters'],
    ['undefined', undefined, 'VAR: must be a text'],
    ['an object', { current: 1 }, 'VAR: must be a text'],
    ['a short secret', SECRET.slice(0, 31), 'VAR: is too short: 31 characters, at least 32 are needed'],
    ['a secret that is too long', `${SECRET}0`.repeat(20), 'VAR: is too long'],
    ['one letter', 'a'.repeat(32), 'VAR: is too easy to guess'],
    ['few letters', 'password'.repeat(4), 'VAR: is too easy to guess'],
    ['a text that repeats itself', '0123456789abcdef'.repeat(2), 'VAR: is too easy to guess'],
    ['a blank inside', `${SECRET} ${SECRET}`, "VAR: holds a character that a secret can't have"],
    ['quotes', `"${SECRET}"`, "VAR: holds a character that a secret can't have"],
    ['no ASCII', `${SECRET}é`, "VAR: holds a character that a secret can't have"],
    ['a comma inside', `${SECRET},${OTHER_SECRET}`, 'VAR: entry 1: must be <version>:<secret>'],
    ['a secret in the place of a version', `${SECRET}:${OTHER_SECRET}`, 'VAR: entry 1: must be <version>:<secret>'],
    ['a colon inside', `1:${SECRET}:${OTHER_SECRET}`, 'VAR: entry 1: must be <version>:<secret>'],
    ['version 0', `0:${SECRET}`, 'VAR: entry 1: must be <version>:<secret>'],
    ['version 01', `01:${SECRET}`, 'VAR: entry 1: must be <version>:<secret>'],
    ['version 1e3', `1e3:${SECRET}`, 'VAR: entry 1: must be <version>:<secret>'],
    ['version __proto__', `__proto__:${SECRET}`, 'VAR: entry 1: must be <version>:<secret>'],
    ['a comma at the end', `1:${SECRET},`, 'VAR: entry 2: must be <version>:<secret>'],
    ['a weak second secret', `2:${SECRET},1:short`, 'VAR: entry 2 (version 1): is too short: 5 characters'],
    ['a version twice', `1:${SECRET},1:${OTHER_SECRET}`, 'VAR: version 1 is there twice'],
    ['a secret twice', `2:${SECRET},1:${SECRET}`, "VAR: version 1 repeats another's secret"],
  ])('refuses %s, names its source, and does not show it', (_what, text, message) => {
    const parse = () => TokenSecrets.parse(text as string, 'VAR');
    expect(parse).toThrow(message);
    try {
      parse();
    } catch (error) {
      const shown = inspect(error, { showHidden: true, depth: 9 });
      for (const secret of [SECRET, OTHER_SECRET]) expect(shown).not.toContain(secret.slice(4, 24));
    }
  });
});

describe('the environment variable', () => {
  test('is read', () => {
    expect(tokenSecretsFrom({ PODKEEPER_TOKEN_SECRET: `7:${SECRET}` })?.current).toBe(7);
  });

  test.each([
    {},
    { PODKEEPER_TOKEN_SECRET: '' },
    { PODKEEPER_TOKEN_SECRET: ' \n' },
    { PODKEEPER_TOKEN_SECRET: undefined },
  ])('may be left out: %p', (environment) => {
    expect(tokenSecretsFrom(environment)).toBeUndefined();
  });

  test('is named in an error', () => {
    expect(() => tokenSecretsFrom({ PODKEEPER_TOKEN_SECRET: 'x' })).toThrow(/^PODKEEPER_TOKEN_SECRET: is too short/);
  });

  test('is not read from an inherited property', () => {
    const polluted = Object.create({ PODKEEPER_TOKEN_SECRET: SECRET }) as Record<string, string>;
    expect(tokenSecretsFrom(polluted)).toBeUndefined();
  });
});

test('an unknown version is named, with the known ones', () => {
  const secrets = TokenSecrets.parse(`2:${SECRET},3:${OTHER_SECRET}`, 'VAR');
  for (const version of [1, 0, NaN, undefined, '2', '__proto__']) {
    expect(() => secrets.token(NAMES[0], version as number)).toThrow(/^VAR: has no version .* \(it has 2, 3\)/);
    expect(() => secrets.signingKey(NAMES[0], version as number)).toThrow(/^VAR: has no version/);
  }
});

test('the option takes a text, and TokenSecrets', () => {
  const secrets = TokenSecrets.parse(SECRET);
  expect(tokenSecretsOf(secrets)).toBe(secrets);
  expect(tokenSecretsOf(`3:${SECRET}`).current).toBe(3);
  expect(() => tokenSecretsOf({ current: 1 } as unknown as string)).toThrow(/^tokenSecret: must be a text/);
  expect([secrets, null, {}, SECRET].map(isTokenSecrets)).toEqual([true, false, false, false]);
});

describe('nothing shows a secret', () => {
  const secrets = TokenSecrets.parse(`2:${SECRET},1:${OTHER_SECRET}`);
  const holder = { deep: { secrets } };
  const payload = defaultPayloadConverter.toPayload(holder);

  test.each<[how: string, shown: string]>([
    ['inspect', inspect(holder, { depth: 9, showHidden: true, customInspect: true })],
    ['inspect without the custom method', inspect(holder, { depth: 9, showHidden: true, customInspect: false })],
    ['JSON', JSON.stringify(holder)],
    ['a template', `${String(secrets)} ${secrets as unknown as string}`],
    ['its own fields', JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(secrets)))],
    ['a copy', inspect(Object.assign({}, secrets)) + inspect(structuredClone(Object.assign({}, secrets)))],
    ['a payload of Temporal', Buffer.from(payload?.data ?? []).toString()],
  ])('%s', (_how, shown) => {
    for (const secret of [SECRET, OTHER_SECRET]) expect(shown).not.toContain(secret.slice(0, 12));
  });

  test('the output says that it is redacted', () => {
    expect(JSON.stringify(holder)).toBe('{"deep":{"secrets":"[TokenSecrets: redacted]"}}');
    expect(inspect(holder, { depth: 9 })).toContain('[TokenSecrets: redacted]');
  });
});
