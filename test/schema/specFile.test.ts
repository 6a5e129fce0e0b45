import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSpecFile, parsePodSpec } from '../../src/schema';
import { refusalOf } from './refusal';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'podkeeper-spec-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function written(content: string | Uint8Array, name = 'pod.yaml'): string {
  const file = path.join(directory, name);
  writeFileSync(file, content);
  return file;
}

function refusalIn(content: string | Uint8Array): string {
  const refusal = refusalOf(() => loadSpecFile(written(content)));
  expect(refusal.kind).toBe('validation');
  return refusal.message.replaceAll(`${directory}/`, '');
}

test('reads YAML', () => {
  const file = written(`
# a comment
id: render-42
gpu: h100
env: { MODEL: small, PORT: "8000" }
ports: [8000/http]
health:
  http: { port: 8000, path: /health }
maxLifetime: 8h
`);

  expect(loadSpecFile(file)).toEqual({
    id: 'render-42',
    gpu: 'h100',
    env: { MODEL: 'small', PORT: '8000' },
    ports: ['8000/http'],
    health: { http: { port: 8000, path: '/health' } },
    maxLifetime: '8h',
  });
});

test('reads JSON, indented by tabs too', () => {
  const spec = { gpu: { id: 'NVIDIA H100' }, command: ['sleep', '60'], idleTimeout: null };

  expect(loadSpecFile(written(JSON.stringify(spec, null, '\t'), 'pod.json'))).toEqual(spec);
});

test('changes reach into candidates', () => {
  const file = written('candidates:\n  - provider: runpod\n  - { gpu: [h100, l4], offerTimeout: 5m }\n');
  const changes = [
    { path: ['candidates', '0', 'gpu'], text: 'h200', from: '--set' },
    { path: ['candidates', '1', 'gpu'], text: '[a40, { id: 7 }]', from: '--set' },
    { path: ['candidates', '1', 'offerTimeout'], text: '10m', from: '--set' },
  ];

  expect(loadSpecFile(file, changes)).toEqual({
    candidates: [
      { provider: 'runpod', gpu: 'h200' },
      { gpu: ['a40', { id: '7' }], offerTimeout: '10m' },
    ],
  });
});

test('a wrong field of a candidate is found in its line', () => {
  expect(refusalIn('candidates:\n  - gpu: h100\n  - offerTimeout: 5\n')).toContain(
    'pod.yaml:3: candidates[1].offerTimeout:',
  );
});

test('its result is input for parsePodSpec', () => {
  const input = loadSpecFile(written('gpu: h100\nidleTimeout: off\n'));

  expect(parsePodSpec(input).spec).toMatchObject({ gpu: 'h100', idleTimeoutMs: null });
});

test('merges merge keys, whose anchors can be under x-', () => {
  const file = written(`
x-common: &common { MODEL: small, MODE: slow }
x-more: &more { REGION: eu }
gpu: h100
env:
  <<: [*common, *more]
  MODE: fast
`);

  expect(loadSpecFile(file)).toEqual({ gpu: 'h100', env: { MODEL: 'small', REGION: 'eu', MODE: 'fast' } });
});

test('reads YAML 1.2: yes, no, on and off are texts', () => {
  expect(refusalIn('spot: yes\n')).toBe('Invalid spec: pod.yaml:1: spot: must be true or false, without quotes');
});

test.each([
  [
    'a wrong field',
    'gpu: h100\nenv:\n  MODEL: small\n  PORT: 8000\n',
    'Invalid spec: pod.yaml:4: env.PORT: must be a text, and is a number: put it in quotes',
  ],
  [
    'two wrong fields',
    'gpu: H100\nports:\n  - 80/http\n  - 80/http\n',
    "Invalid spec:\n  pod.yaml:1: gpu: must be a GPU's name such as 'h100' or 'rtx_4090', or { id } with the provider's own name: write 'h100'\n  pod.yaml:4: ports[1]: is there twice: remove one '80/http'",
  ],
  [
    'a field that lacks something',
    'ports: [80/http]\nhealth:\n  http:\n    path: /\n',
    'Invalid spec: pod.yaml:3: health.http.port: must be a whole number from 1 to 65535',
  ],
  [
    'an unknown field',
    '\n\ngpu_count: 1\n',
    'Invalid spec: pod.yaml:3: gpu_count: is not a field; did you mean gpuCount?',
  ],
  [
    'a field behind an alias',
    'env: &e { A: 1 }\nlabels: *e\n',
    'Invalid spec:\n  pod.yaml:1: labels.A: must be a text, and is a number: put it in quotes\n  pod.yaml:1: env.A: must be a text, and is a number: put it in quotes',
  ],
  ['__proto__', 'env:\n  __proto__: x\n', "Invalid spec: pod.yaml:2: env.__proto__: can't be a key: remove it"],
  [
    'a duplicate key',
    'gpu: h100\nspot: true\ngpu: l4\n',
    'pod.yaml:3: is not valid YAML: a key is duplicated: remove one',
  ],
  [
    'a duplicate key in JSON',
    '{\n"gpu": "h100",\n"gpu": "l4"}',
    'pod.yaml:3: is not valid YAML: a key is duplicated: remove one',
  ],
  [
    'two documents',
    'gpu: h100\n---\ngpu: l4\n',
    "pod.yaml:2: is not valid YAML: a second document starts: remove '---' and what follows",
  ],
  ['a key that is a list', 'env:\n  [1]: x\n', 'pod.yaml:2: is not valid YAML: a key is not a text: put it in quotes'],
  [
    'a tag that would make code',
    'gpu: !!js/function x\n',
    'pod.yaml:1: is not valid YAML: Unresolved tag: tag:yaml.org,2002:js/function',
  ],
  [
    'an open bracket',
    'gpu: h100\nports: [80/http\nspot: true\n',
    expect.stringMatching(/^pod\.yaml:[23]: is not valid YAML: /),
  ],
  ['an alias to nothing', 'gpu: *none\n', expect.stringMatching(/^pod\.yaml: is not valid YAML: Unresolved alias/)],
  [
    'what a merge brings',
    'x-common: &c { PORT: 8000 }\nenv:\n  <<: *c\n',
    'Invalid spec: pod.yaml:2: env.PORT: must be a text, and is a number: put it in quotes',
  ],
  ['a merge of a text', 'env:\n  <<: x\n', expect.stringContaining('is not valid YAML')],
  [
    'a bare number for a duration',
    'gpu: h100\nmaxLifetime: 3600\n',
    'Invalid spec: pod.yaml:2: maxLifetime: has no unit. 3600 what? Write 3600s, 3600m or 3600h',
  ],
  ['x- elsewhere than at the top', 'env:\n  x-a: x\n', expect.stringContaining('pod.yaml:2: env.x-a: is not a name')],
  ['an empty file', '', expect.stringMatching(/^Invalid spec: pod\.yaml:1: must be an object/)],
  ['a list', '- gpu: h100\n', expect.stringMatching(/^Invalid spec: pod\.yaml:1: must be an object/)],
  ['bytes that are no text', new Uint8Array([0x67, 0x3a, 0x20, 0xff]), 'pod.yaml: is not UTF-8 text: save it as UTF-8'],
  ['a huge file', `# ${'x'.repeat(1_048_576)}`, 'pod.yaml: is too large: at most 1 MiB'],
])('%s is refused, with its line', (_what, content, message) => {
  expect(refusalIn(content)).toEqual(message);
});

test('limits aliases of aliases', () => {
  const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`);
  const bomb = `providerOptions:\n  l0: &l0 x\n  ${levels.join('\n  ')}\n`;

  expect(refusalIn(bomb)).toMatch(/^pod\.yaml: is not valid YAML: Excessive alias count/);
});

test('a value that refers to itself is refused', () => {
  expect(refusalIn('providerOptions: &o\n  again: *o\n')).toBe(
    'Invalid spec: pod.yaml:2: providerOptions.again: must be plain data: it contains itself',
  );
});

test('a field of a later release is unsupported, with its line', () => {
  const refusal = refusalOf(() => loadSpecFile(written('gpu: h100\nmaxCost: 5\n')));

  expect(refusal.kind).toBe('unsupported');
  expect(refusal.message).toContain('pod.yaml:2: maxCost: is not there yet');
});

test('a file that does not exist', () => {
  const file = path.join(directory, 'absent.yaml');

  expect(refusalOf(() => loadSpecFile(file)).message).toBe(`${file}: does not exist: check the path`);
});

test('a directory', () => {
  expect(refusalOf(() => loadSpecFile(directory)).message).toBe(
    `${directory}: can't be read (EISDIR): check that it is a file and that you have permission to read it`,
  );
});
