import fs from 'node:fs';
import { parseFieldChange, readSpec } from '../../src/cli/readSpec';
import type { SpecOptions } from '../../src/cli/readSpec';
import { refusalOf } from '../schema/refusal';
import { ownDirectory } from './support/cli';

const directory = ownDirectory();
const FILE = directory.write('pod.yaml', "command: ['true']\nports: [80/http, 22/tcp]\nenv: { MODE: slow, KEPT: x }\n");

function read(options: SpecOptions, environment: NodeJS.ProcessEnv = {}, file = FILE) {
  return readSpec(file, options, environment);
}

function sets(...texts: string[]): SpecOptions {
  return {
    set: texts.reduce((before, text) => parseFieldChange(text, before), [] as ReturnType<typeof parseFieldChange>),
  };
}

test('--set changes fields', () => {
  expect(read({ ...sets('env.MODE=fast', 'maxLifetime=1h', 'ports[1]=23/tcp'), id: 'a' })).toEqual({
    command: ['true'],
    ports: ['80/http', '23/tcp'],
    env: { MODE: 'fast', KEPT: 'x' },
    maxLifetime: '1h',
    id: 'a',
  });
});

test.each([
  '8080',
  '08',
  'true',
  'null',
  '~',
  '',
  ' ',
  '{"a":1}',
  '[1, 2]',
  '!Tr0ub4dor',
  'abc #123',
  '&x y',
  '*x',
  '"quoted"',
  "'quoted'",
  'a: b',
  'two\nlines',
  '=',
  '%',
  '@x',
  '1e3',
  '2030-01-01',
])('env.X takes the text after = as it is: %j', (text) => {
  expect(read(sets(`env.X=${text}`)).env).toEqual({ MODE: 'slow', KEPT: 'x', X: text });
  expect(read(sets(`labels.x=${text.replace('\n', '')}`)).labels).toEqual({ x: text.replace('\n', '') });
});

test.each<[change: string, field: string, value: unknown]>([
  ['providerOptions.nested.on=true', 'providerOptions', { nested: { on: true } }],
  ['gpu=a100_80g', 'gpu', 'a100_80g'],
  ['gpu={ id: NVIDIA H100 }', 'gpu', { id: 'NVIDIA H100' }],
  ['gpu.id=NVIDIA H100', 'gpu', { id: 'NVIDIA H100' }],
  ['spot=true', 'spot', true],
  ['owner=007', 'owner', '007'],
  ['maxHourlyPrice=2.5', 'maxHourlyPrice', 2.5],
  ['idleTimeout=off', 'idleTimeout', 'off'],
  ['idleTimeout=null', 'idleTimeout', null],
  ['image=org/image:1.10', 'image', 'org/image:1.10'],
  ['command=[sleep, 300, "a b", 1.10]', 'command', ['sleep', '300', 'a b', '1.10']],
  ['command[0]=[x]', 'command', ['[x]']],
  ['ports=[8000/http, { port: 22, protocol: tcp }]', 'ports', ['8000/http', { port: 22, protocol: 'tcp' }]],
  ['regions=[EU-RO-1, NO]', 'regions', ['EU-RO-1', 'NO']],
  ['env={ PORT: 8080, ON: true, KEY: "x" }', 'env', { PORT: '8080', ON: 'true', KEY: 'x' }],
  ['env.TOKEN.secret=HF_TOKEN', 'env', { MODE: 'slow', KEPT: 'x', TOKEN: { secret: 'HF_TOKEN' } }],
  ['labels[example.com/run]=7', 'labels', { 'example.com/run': '7' }],
  ['labels["example.com/run"]=7', 'labels', { 'example.com/run': '7' }],
  ['labels[a=b/c]=7', 'labels', undefined],
  ['health={ http: { port: 80, path: /ok } }', 'health', { http: { port: 80, path: '/ok' } }],
  ['providerOptions.nested.n=1', 'providerOptions', { nested: { n: 1 } }],
])('a value is parsed by the type of its field: %s', (change, field, value) => {
  if (value === undefined) expect(refusalOf(() => read(sets(change))).message).toContain('--set: labels["a=b/c"]');
  else expect(read(sets(change))).toMatchObject({ [field]: value });
});

test.each([
  ['maxLifetime=3600', '--set: maxLifetime: has no unit. 3600 what?'],
  ['maxHourlyPrice=two', '--set: maxHourlyPrice: must be a price'],
  ['spot=yes', '--set: spot: must be true or false'],
  ['ports=[', '--set: ports: is not valid YAML'],
  ['command=sleep 5', '--set: command: must be a list of texts'],
  ['unknown.field=x', '--set: unknown: is not a field'],
  ['env.__proto__=x', 'env.__proto__'],
])('an error in %s names --set', (change, message) => {
  expect(refusalOf(() => read(sets(change))).message).toContain(message);
});

test.each(['x', '=x', 'a..b=x', '.a=x', 'a.=x', 'a[b=x', 'a]=x', 'a[]=x'])('an invalid path is refused: %s', (text) => {
  expect(() => parseFieldChange(text)).toThrow('Write field=value');
});

test('--owner and --label set owner and labels; --set wins over them', () => {
  const label = [{ path: ['labels', 'example.com/team'], text: '42', from: '--label' }];

  expect(read({ owner: 'ada', label })).toMatchObject({ owner: 'ada', labels: { 'example.com/team': '42' } });
  expect(read({ owner: 'ada', ...sets('owner=grace') })).toMatchObject({ owner: 'grace' });
  expect(refusalOf(() => read({ owner: 'a\u202eb' })).message).toContain('--owner: owner: must be a text');
});

describe('--env-file', () => {
  test('is read as docker reads it', () => {
    const envFile = [
      directory.write('a.env', '# comment\n\n  A=1\nB="x"  \nC=a=b #c\r\nD=\nFROM_SHELL\nNOT_THERE\nMODE=file\n'),
    ];

    expect(read({ envFile, ...sets('env.D=set') }, { FROM_SHELL: 'y' }).env).toEqual({
      A: '1',
      B: '"x"  ',
      C: 'a=b #c',
      D: 'set',
      FROM_SHELL: 'y',
      MODE: 'file',
      KEPT: 'x',
    });
  });

  test('names the line of an error', () => {
    const envFile = [directory.write('b.env', 'A=1\nPODKEEPER_X=2\n')];
    const spaced = [directory.write('c.env', 'A=1\nexport B=2\n')];

    expect(refusalOf(() => read({ envFile })).message).toContain("b.env:2: env.PODKEEPER_X: is Podkeeper's own");
    expect(refusalOf(() => read({ envFile: spaced })).message).toContain('c.env:2: write NAME=value');
    expect(refusalOf(() => read({ envFile: ['/nowhere.env'] })).message).toContain(
      "--env-file: /nowhere.env can't be read",
    );
  });
});

test('- is standard input', () => {
  const readFile = fs.readFileSync;
  jest
    .spyOn(fs, 'readFileSync')
    .mockImplementation(((source: number | string, ...more: []) =>
      source === 0 ? Buffer.from('command: [x]\nmaxLifetime: 5\n') : readFile(source, ...more)) as typeof readFile);

  expect(read(sets('maxLifetime=1h'), {}, '-')).toEqual({ command: ['x'], maxLifetime: '1h' });
  expect(refusalOf(() => read({}, {}, '-')).message).toContain('stdin:2: maxLifetime: has no unit');
});
