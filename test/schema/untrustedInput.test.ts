import { parsePodSpec } from '../../src/schema';
import { refusalOf } from './refusal';

const PLACES: [place: string, path: string, wrap: (key: string) => string][] = [
  ['the top', '', (key) => `{"${key}":{"polluted":"yes"}}`],
  ['env', 'env.', (key) => `{"env":{"${key}":"yes"}}`],
  ['labels', 'labels.', (key) => `{"labels":{"${key}":"yes"}}`],
  ['providerOptions', 'providerOptions.', (key) => `{"providerOptions":{"${key}":{"polluted":"yes"}}}`],
  [
    'deep inside',
    'providerOptions.a[0].b.',
    (key) => `{"providerOptions":{"a":[{"b":{"${key}":{"polluted":"yes"}}}]}}`,
  ],
  ['a check', 'health.http.', (key) => `{"ports":["80/http"],"health":{"http":{"port":80,"${key}":{"path":"/x"}}}}`],
];

describe.each(['__proto__', 'constructor', 'prototype'])('the key %s', (key) => {
  test.each(PLACES)('is refused at %s', (_place, path, wrap) => {
    const before = Object.getOwnPropertyNames(Object.prototype);

    const refusal = refusalOf(() => parsePodSpec(JSON.parse(wrap(key))));

    expect(refusal.message).toBe(`Invalid spec: ${path}${key}: can't be a key: remove it`);
    expect(refusal.kind).toBe('validation');
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

test('inherited fields are not part of a spec', () => {
  expect(refusalOf(() => parsePodSpec({ __proto__: { gpu: 'h100' } })).message).toBe(
    'Invalid spec: must be plain data, not an instance of a class',
  );
  expect(refusalOf(() => parsePodSpec(Object.create({ gpu: 'h100' }))).kind).toBe('validation');
});

test('an object without a prototype is accepted', () => {
  const env: Record<string, string> = Object.assign(Object.create(null), { A: '1' });

  expect(parsePodSpec(Object.assign(Object.create(null), { env })).spec.env).toEqual({ A: '1' });
});

test('names that every object has are ordinary keys', () => {
  const labels = { toString: 'a', valueOf: 'b', hasOwnProperty: 'c' };

  expect(parsePodSpec({ labels }).spec.labels).toEqual(labels);
});

test('a getter is read once, so that the checked value is used', () => {
  let reads = 0;
  const input = {
    get image() {
      reads += 1;
      return reads === 1 ? 'org/checked' : '--privileged';
    },
  };

  expect(parsePodSpec(input).spec.image).toBe('org/checked');
  expect(reads).toBe(1);
});

test('a cycle is refused', () => {
  const inner: Record<string, unknown> = { a: 1 };
  inner['again'] = inner;

  const refusal = refusalOf(() => parsePodSpec({ providerOptions: { inner } }));

  expect(refusal.message).toBe('Invalid spec: providerOptions.inner.again: must be plain data: it contains itself');
});

test('an object used twice is not a cycle', () => {
  const shared = { a: 1 };

  expect(parsePodSpec({ providerOptions: { one: shared, two: shared } }).spec.providerOptions).toEqual({
    one: { a: 1 },
    two: { a: 1 },
  });
});

test('limits depth', () => {
  const text = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;

  const refusal = refusalOf(() => parsePodSpec({ providerOptions: JSON.parse(text) }));

  expect(refusal.message).toMatch(/: is nested too deep: at most 32 levels$/);
});

test('limits the number of values, even if few objects are shared by many', () => {
  let shared: unknown = 'x';
  for (let level = 0; level < 24; level++) shared = [shared, shared];

  const refusal = refusalOf(() => parsePodSpec({ providerOptions: { shared } }));

  expect(refusal.message).toContain('is too large: at most 20000 values');
});

test('a huge list of holes is refused at once', () => {
  const ports: string[] = [];
  ports.length = 4_000_000_000;

  const refusal = refusalOf(() => parsePodSpec({ ports }));

  expect(refusal.message).toContain('is too large: at most 20000 values');
});

test('a key that is too long or not printable is shortened and escaped in messages', () => {
  const refusal = refusalOf(() => parsePodSpec({ env: { [`\u001b[2J${'x'.repeat(100)}`]: 'v' } }));

  expect(refusal.message).toContain(`env["\\u001b[2J${'x'.repeat(60)}"]: is not a name`);
  expect(refusal.message).not.toContain('\u001b');
});

test('no message repeats a value that may be a secret', () => {
  const refusal = refusalOf(() =>
    parsePodSpec({
      apiKey: 'hush-1',
      token: ['hush-2'],
      env: { PIN: 4_711, 'WRONG-NAME': 'hush-3', NUL: 'hush-4\0', OBJECT: { value: 'hush-5' }, PODKEEPER_X: 'hush-6' },
      command: 'serve --key=hush-7',
      providerOptions: { image: 'hush-8', key: () => 'hush-9' },
    }),
  );

  const everything = `${refusal.message} ${JSON.stringify(refusal.details)} ${String(refusal.cause)}`;
  expect(refusal.details).toHaveLength(11);
  expect(everything).not.toMatch(/hush|4711/);
});
