import { isPodkeeperError } from '../../../src/model';
import { GPU_CATALOGUE } from '../../../src/model/gpus';
import type { GpuEntry, GpuId } from '../../../src/model/gpus';
import { refusalOf } from '../../schema/refusal';

const NEW: GpuEntry = { name: 'h300', memoryGiB: 200, aliases: ['our_h300'], ids: { runpod: 'NVIDIA H300' } };

test('a new GPU', () => {
  const extended = GPU_CATALOGUE.extend([NEW]);

  for (const name of ['h300', 'our_h300']) {
    expect(extended.idAt(name, 'runpod', 2)).toMatchObject({ found: true, id: 'NVIDIA H300' });
  }
  expect(extended.modelOf('runpod', 'nvidia h300')).toEqual({ ...NEW, displayName: 'h300', vendor: 'other' });
  expect(extended.names()).toContain('h300');
  expect(extended.idAt('h300', 'vast')).toMatchObject({ reason: 'not_there' });
  expect(extended.idAt('h100', 'runpod')).toEqual(GPU_CATALOGUE.idAt('h100', 'runpod'));
});

test('your own provider has exactly what it is given', () => {
  const extended = GPU_CATALOGUE.extend([{ name: 'h100_sxm', aliases: ['big'], ids: { 'my-cloud': 'h100-80' } }]);

  expect(extended.idAt('h100', 'my-cloud')).toMatchObject({ found: true, id: 'h100-80' });
  expect(extended.idAt('big', 'lambda', 2)).toMatchObject({ found: true, id: 'gpu_2x_h100_sxm5' });
  expect(extended.modelOf('my-cloud', 'h100-80')?.name).toBe('h100_sxm');
  expect(extended.supportedBy('my-cloud')).toEqual(['h100', 'h100_sxm']);
  expect(extended.idAt('l4', 'my-cloud')).toMatchObject({ reason: 'not_there' });
  expect(extended.find('h100_sxm')).toMatchObject([{ memoryGiB: 80, displayName: 'H100 SXM', vendor: 'nvidia' }]);
});

test('the extended catalogue does not change, and is immutable', () => {
  const before = GPU_CATALOGUE.names();
  GPU_CATALOGUE.extend([NEW]);
  expect(GPU_CATALOGUE.names()).toEqual(before);
  expect(GPU_CATALOGUE.knowsProvider('my-cloud')).toBe(false);

  const [model] = GPU_CATALOGUE.find('l4');
  expect(() => Object.assign(model?.ids ?? {}, { runpod: 'other' })).toThrow(TypeError);
  expect(() => (GPU_CATALOGUE.models as unknown[]).pop()).toThrow(TypeError);
});

test('later changes of the input do not matter', () => {
  const ids: Record<string, GpuId> = { runpod: 'NVIDIA H300' };
  const extended = GPU_CATALOGUE.extend([{ name: 'h300', memoryGiB: 200, ids }]);
  ids['runpod'] = 'other';

  expect(extended.idAt('h300', 'runpod')).toMatchObject({ id: 'NVIDIA H300' });
});

test('extensions add up, and can repeat what exists', () => {
  const once = GPU_CATALOGUE.extend([NEW]);
  const twice = once.extend([NEW, { name: 'l4', memoryGiB: 24, ids: { runpod: 'NVIDIA L4' } }]);

  expect(twice.models).toEqual(once.models);
});

test('a count can be added, an existing count can’t be changed', () => {
  const extended = GPU_CATALOGUE.extend([{ name: 'a10', ids: { lambda: { byCount: { 4: 'gpu_4x_a10' } } } }]);

  expect(extended.idAt('a10', 'lambda', 4)).toMatchObject({ id: 'gpu_4x_a10' });
  expect(extended.idAt('a10', 'lambda', 1)).toMatchObject({ id: 'gpu_1x_a10' });
  const change = [{ name: 'a10', ids: { lambda: { byCount: { 1: 'other', 4: 'gpu_4x_a10' } } } }];
  expect(refusalOf(() => GPU_CATALOGUE.extend(change)).message).toContain("can't be changed");
});

test('one id can mean two GPUs if their memory differs', () => {
  const small: GpuEntry = { name: 'x_small', memoryGiB: 40, ids: { 'my-cloud': { id: 'X', memoryBelowGiB: 60 } } };
  const large: GpuEntry = { name: 'x_large', memoryGiB: 80, ids: { 'my-cloud': { id: 'X', memoryAboveGiB: 60 } } };
  const extended = GPU_CATALOGUE.extend([small, large]);

  expect(extended.modelOf('my-cloud', 'X', 40)?.name).toBe('x_small');
  expect(extended.modelOf('my-cloud', 'X', 80)?.name).toBe('x_large');
  expect(extended.modelOf('my-cloud', 'X')).toBeUndefined();
});

const NAME = "use a-z and 0-9 with single underscores between them, at most 64 characters, for instance 'rtx_4090'";

describe('refuses', () => {
  const REFUSED: [what: string, entry: GpuEntry, path: string, message: string][] = [
    ['a name in capitals', { ...NEW, name: 'H300' }, 'gpus.H300', `can't be a GPU's name: ${NAME}`],
    ['an alias with a hyphen', { ...NEW, aliases: ['h-300'] }, 'gpus.h300.aliases.0', `can't be a GPU's name: ${NAME}`],
    ['a family', { name: 'h100', memoryGiB: 80 }, 'gpus.h100', 'stands for h100_sxm or h100_pcie: write one of these'],
    ['an alias of ours', { name: 'rtx_a6000' }, 'gpus.rtx_a6000', 'is another name of a6000: write a6000'],
    ['no memory', { name: 'h300' }, 'gpus.h300.memoryGiB', 'is missing: say how much one GPU has'],
    [
      'no amount of memory',
      { ...NEW, memoryGiB: Number.NaN },
      'gpus.h300.memoryGiB',
      'must be an amount of memory in GiB, more than 0',
    ],
    [
      'other memory',
      { name: 'l4', memoryGiB: 48 },
      'gpus.l4.memoryGiB',
      'is 24 for l4: leave it out, or give another name to another GPU',
    ],
    [
      'an alias that is a name',
      { ...NEW, aliases: ['l4'] },
      'gpus.h300.aliases.0',
      'is a name of l4 already: choose another',
    ],
    [
      'an alias that is an alias',
      { ...NEW, aliases: ['rtx_a6000'] },
      'gpus.h300.aliases.0',
      'is a name of a6000 already: choose another',
    ],
    [
      'an alias that is a family',
      { ...NEW, aliases: ['h100'] },
      'gpus.h300.aliases.0',
      'is a name of h100 already: choose another',
    ],
    ['an alias twice', { ...NEW, aliases: ['a', 'a'] }, 'gpus.h300.aliases.1', 'is there twice: remove one a'],
    [
      'an id of another',
      { ...NEW, ids: { vast: 'rtx_4090' } },
      'gpus.h300.ids.vast',
      "means rtx_4090 at vast already: make 'h300' an alias of that",
    ],
    [
      'another id for one of ours',
      { name: 'l4', ids: { runpod: 'NVIDIA L4 NEW' } },
      'gpus.l4.ids.runpod',
      `is "NVIDIA L4" for l4 already, and can't be changed: remove it, write gpu: { id: '…' } in the spec, or add a GPU of another name`,
    ],
    [
      'a count that is none',
      { ...NEW, ids: { lambda: { byCount: { two: 'x' } } } },
      'gpus.h300.ids.lambda',
      "must name its counts as whole numbers from 1 to 99, as in { byCount: { 8: '…' } }",
    ],
    [
      'an empty id',
      { ...NEW, ids: { runpod: ' ' } },
      'gpus.h300.ids.runpod',
      "must be the provider's id, { id } or { byCount }",
    ],
    [
      'no counts',
      { ...NEW, ids: { lambda: { byCount: {} } } },
      'gpus.h300.ids.lambda',
      "must be the provider's id, { id } or { byCount }",
    ],
  ];

  test.each(REFUSED)('%s', (_what, entry, path, message) => {
    const refusal = refusalOf(() => GPU_CATALOGUE.extend([entry]));

    expect(refusal).toMatchObject({ kind: 'validation', details: [{ path, message }] });
    expect(refusal.message).toBe(`Invalid GPU: ${path}: ${message}`);
  });

  test('two entries of one name, and names that clash among the entries', () => {
    const refusal = refusalOf(() =>
      GPU_CATALOGUE.extend([NEW, NEW, { name: 'h400', memoryGiB: 1, aliases: ['our_h300'] }]),
    );

    expect(refusal.message).toBe(
      'Invalid GPUs:\n  gpus.h300: is there twice: merge the two entries\n  gpus.h400.aliases.0: is a name of h300 already: choose another',
    );
  });

  test.each(['__proto__', 'constructor', 'prototype'])('%s, anywhere', (key) => {
    const entries: GpuEntry[] = [
      { ...NEW, name: key },
      { ...NEW, aliases: [key] },
      { ...NEW, ids: JSON.parse(`{ "${key}": "x" }`) as Record<string, GpuId> },
    ];
    for (const entry of entries) {
      expect(refusalOf(() => GPU_CATALOGUE.extend([entry])).message).toContain("can't be");
    }
    expect(Object.prototype).not.toHaveProperty('x');
    expect({}).not.toHaveProperty('ids');
  });

  test.each([null, 7, {}, [], { id: 7 }, { byCount: { 1: null } }])('the id %j of a caller without types', (id) => {
    const entry = { ...NEW, ids: { runpod: id } } as unknown as GpuEntry;
    expect(refusalOf(() => GPU_CATALOGUE.extend([entry])).message).toContain("must be the provider's id");
  });

  test('issuesOf returns the same without throwing', () => {
    expect(GPU_CATALOGUE.issuesOf([NEW])).toEqual([]);
    expect(GPU_CATALOGUE.issuesOf([{ name: 'h300' }])).toEqual([
      { path: ['h300', 'memoryGiB'], message: 'is missing: say how much one GPU has' },
    ]);
    expect(isPodkeeperError(refusalOf(() => GPU_CATALOGUE.extend([{ name: 'h300' }])))).toBe(true);
  });
});
