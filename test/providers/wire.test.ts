import { inspect } from 'node:util';
import { PodkeeperError } from '../../src/model';
import { readObject, readObjects } from '../../src/providers/wire';
import type { WireObject } from '../../src/providers/wire';

const WHAT = 'the list of pods';
const REPLY = {
  text: 'canary',
  blank: '',
  number: 1.5,
  zero: 0,
  yes: true,
  no: false,
  object: { id: 'a', deep: { list: [{ id: 1 }] } },
  list: [1, 'a', null],
  texts: ['a', 'b'],
  objects: [{ id: 'a' }, { id: 'b' }],
  mixed: [{ id: 'a' }, null],
  nothing: null,
  quoted: '5',
};
const reply = (): WireObject => readObject(JSON.parse(JSON.stringify(REPLY)) as unknown, WHAT);

test('reads what is as it should be', () => {
  const read = reply();
  expect([read.text('text'), read.text('blank'), read.optionalText('text')]).toEqual(['canary', '', 'canary']);
  expect([read.number('number'), read.number('zero'), read.optionalNumber('zero')]).toEqual([1.5, 0, 0]);
  expect([read.flag('yes'), read.flag('no'), read.optionalFlag('no')]).toEqual([true, false, false]);
  expect([read.object('object').text('id'), read.optionalObject('object')?.text('id')]).toEqual(['a', 'a']);
  expect([read.list('list'), read.optionalList('list'), read.texts('texts')]).toEqual([
    [1, 'a', null],
    [1, 'a', null],
    ['a', 'b'],
  ]);
  expect(read.objects('objects').map((item) => item.text('id'))).toEqual(['a', 'b']);
  expect(read.optionalObjects('objects')).toHaveLength(2);
  expect([read.any('quoted'), read.any('missing'), read.any('nothing')]).toEqual(['5', undefined, null]);
  expect(read.fields()).toEqual(Object.keys(REPLY));
});

test.each(['nothing', 'missing'])('%s is null, or an empty list, where it may be', (field) => {
  const read = reply();
  expect([
    read.optionalText(field),
    read.optionalNumber(field),
    read.optionalFlag(field),
    read.optionalObject(field),
  ]).toEqual([null, null, null, null]);
  expect([read.optionalList(field), read.optionalObjects(field)]).toEqual([[], []]);
});

type Read = (reply: WireObject) => unknown;

test.each<[string, Read, string]>([
  ['a text that is missing', (read) => read.text('id'), `${WHAT} has no text 'id': the API may have changed`],
  ['a list that is missing', (read) => read.objects('pods'), `${WHAT} has no list 'pods': the API may have changed`],
  ['a text that is null', (read) => read.text('nothing'), `${WHAT} has no text 'nothing': the API may have changed`],
  [
    'a number for a text',
    (read) => read.text('number'),
    `${WHAT}: 'number' is a number, not a text: the API may have changed`,
  ],
  ['a number for an optional text', (read) => read.optionalText('number'), "'number' is a number, not a text"],
  ['a number in quotes', (read) => read.number('quoted'), "'quoted' is a text, not a number"],
  ['a text for a flag', (read) => read.optionalFlag('text'), "'text' is a text, not a flag"],
  ['a list for an object', (read) => read.optionalObject('list'), "'list' is a list, not an object"],
  ['an object for a list', (read) => read.optionalList('object'), "'object' is an object, not a list"],
  ['a flag for a list', (read) => read.optionalObjects('yes'), "'yes' is a flag, not a list"],
  ['a list that holds something else', (read) => read.objects('mixed'), "'mixed[1]' is nothing, not an object"],
  ['a list of texts that holds something else', (read) => read.texts('list'), "'list[0]' is a number, not a text"],
  [
    'deep inside',
    (read) => read.object('object').object('deep').objects('list')[0]?.text('id'),
    "'object.deep.list[0].id' is a number",
  ],
])('%s', (_what, run, message) => {
  const error = errorOf(() => run(reply()));
  expect(error).toMatchObject({ kind: 'provider', refused: false });
  expect(error.message).toContain(message);
  expect(inspect(error, { depth: null })).not.toContain('canary');
  expect(error.details).toEqual([{ path: expect.any(String), message: expect.stringMatching(/^must be/) }]);
});

describe('every method refuses every other type', () => {
  const VALUES = { text: 'canary', number: 7, flag: true, object: { canary: 'canary' }, list: ['canary'] };
  const READS: readonly (readonly [name: string, type: keyof typeof VALUES, read: (reply: WireObject) => unknown])[] = [
    ['text', 'text', (read) => read.text('x')],
    ['optionalText', 'text', (read) => read.optionalText('x')],
    ['number', 'number', (read) => read.number('x')],
    ['optionalNumber', 'number', (read) => read.optionalNumber('x')],
    ['flag', 'flag', (read) => read.flag('x')],
    ['optionalFlag', 'flag', (read) => read.optionalFlag('x')],
    ['object', 'object', (read) => read.object('x')],
    ['optionalObject', 'object', (read) => read.optionalObject('x')],
    ['list', 'list', (read) => read.list('x')],
    ['optionalList', 'list', (read) => read.optionalList('x')],
    ['objects', 'list', (read) => read.objects('x')],
    ['optionalObjects', 'list', (read) => read.optionalObjects('x')],
    ['texts', 'list', (read) => read.texts('x')],
  ];

  test.each(READS)('%s', (name, type, run) => {
    for (const [came, value] of Object.entries(VALUES).filter(([other]) => other !== type)) {
      const error = errorOf(() => run(readObject({ x: value }, WHAT)));
      expect(error.message).toMatch(new RegExp(`^${WHAT}: 'x' is an? ${came}, not an? ${type}: `));
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain('canary');
    }
    if (name.startsWith('optional')) return;
    for (const value of [{}, { x: null }, { x: undefined }]) {
      expect(errorOf(() => run(readObject(value, WHAT))).message).toBe(
        `${WHAT} has no ${type} 'x': the API may have changed`,
      );
    }
  });
});

test.each(['1e999', '-1e999'])('%s is JSON, and no number to reckon with', (written) => {
  const read = readObject(JSON.parse(`{"price":${written}}`), WHAT);
  expect(errorOf(() => read.number('price'))).toMatchObject({ kind: 'provider' });
  expect(errorOf(() => read.optionalNumber('price'))).toMatchObject({ kind: 'provider' });
});

test.each([null, undefined, 'canary', 5, true, [], [{}]])('%p is no object', (value) => {
  expect(errorOf(() => readObject(value, WHAT)).message).toMatch(
    /^the list of pods is .+, not an object: the API may have changed$/,
  );
});

test('a list of objects at the top', () => {
  expect(readObjects([{ id: 'a' }], WHAT).map((item) => item.text('id'))).toEqual(['a']);
  for (const value of [null, {}, 'canary', { pods: [] }]) {
    expect(errorOf(() => readObjects(value, WHAT)).message).toContain('not a list');
  }
  expect(errorOf(() => readObjects([{}, 'canary'], WHAT)).message).toContain("'[1]' is a text");
  expect(errorOf(() => readObjects([{ id: 5 }], WHAT)[0]?.text('id')).message).toContain("'[0].id' is a number");
});

test('what an object inherits is not there', () => {
  for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty'])
    expect(reply().any(name)).toBeUndefined();
  const read = readObject(JSON.parse('{"__proto__":{"id":"a"}}') as unknown, WHAT);
  expect(read.any('id')).toBeUndefined();
  expect(read.object('__proto__').text('id')).toBe('a');
});

test('shows nothing of the reply', () => {
  expect(inspect(reply(), { depth: null, showHidden: true })).not.toContain('canary');
  expect(JSON.stringify(reply())).toBe('{}');
});

function errorOf(run: () => unknown): PodkeeperError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(PodkeeperError);
    return error as PodkeeperError;
  }
  throw new Error('it was to throw');
}
