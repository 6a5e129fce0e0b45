import { GPU_CATALOGUE, GpuCatalogue } from '../../../src/model/gpus';
import type { GpuId } from '../../../src/model/gpus';
import { comparable, idsOf, isGpuName } from '../../../src/model/gpus/gpuModel';

const { models, families } = GPU_CATALOGUE;

/** Each count that an id is for; 1 and 3 for one for any count. */
function countsOf(id: GpuId): number[] {
  return typeof id === 'object' && 'byCount' in id ? Object.keys(id.byCount).map(Number) : [1, 3];
}

const ROWS = models.flatMap((model) =>
  Object.entries(model.ids).flatMap(([provider, id]) =>
    countsOf(id).map((count): [string, string, number, (typeof models)[number]] => [
      model.name,
      provider,
      count,
      model,
    ]),
  ),
);

test.each(ROWS)('%s has an id at %s for %i, and the id means it', (name, provider, count, model) => {
  const answer = GPU_CATALOGUE.idAt(name, provider, count);
  expect(answer).toMatchObject({ found: true, model: { name } });
  if (!answer.found) return;
  expect(GPU_CATALOGUE.modelOf(provider, answer.id, model.memoryGiB)).toBe(model);
  for (const alias of model.aliases) expect(GPU_CATALOGUE.idAt(alias, provider, count)).toEqual(answer);
});

const IDS = models.flatMap((model) =>
  Object.entries(model.ids).flatMap(([provider, id]) =>
    idsOf(id).map((text): [string, string, string, number] => [provider, text, model.name, model.memoryGiB]),
  ),
);

test.each(IDS)('%s’s %s is %s', (provider, id, name, memoryGiB) => {
  expect(GPU_CATALOGUE.modelOf(provider, id, memoryGiB)?.name).toBe(name);
});

test('the memory does not matter if it is not needed', () => {
  const shared = IDS.filter(([provider, id]) => GPU_CATALOGUE.modelOf(provider, id) === undefined);

  expect(new Set(shared.map(([provider, id]) => `${provider} ${id}`))).toEqual(
    new Set(['vast A100 SXM4', 'vast A100 PCIE', 'vast Tesla V100']),
  );
});

test('every name and every alias means one thing', () => {
  const all = [...models.flatMap(({ name, aliases }) => [name, ...aliases]), ...families.map(({ name }) => name)];

  expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  expect(all.filter((name) => !isGpuName(name))).toEqual([]);
});

test('no two names look the same', () => {
  const all = models.flatMap(({ name, aliases }) => [name, ...aliases]).map((name) => name.replaceAll('_', ''));

  expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
});

test('every model can be rented somewhere', () => {
  expect(models.filter(({ ids }) => Object.keys(ids).length === 0)).toEqual([]);
});

test('every family has existing members, of one size of memory', () => {
  for (const { name, members } of families) {
    const found = GPU_CATALOGUE.find(name);
    expect(found.map((model) => model.name)).toEqual(members);
    expect(new Set(found.map(({ memoryGiB }) => memoryGiB)).size).toBe(1);
  }
});

test('no model takes a name or an id of another', () => {
  const grown = new GpuCatalogue([], []).extend(models);

  expect(grown.models).toEqual(models);
});

test('ids are compared without case, and with spaces for underscores', () => {
  expect(comparable(' RTX_4090 ')).toBe(comparable('rtx 4090'));
  expect(GPU_CATALOGUE.modelOf('vast', 'RTX_4090')?.name).toBe('rtx_4090');
});

type Column = [runpod: string | null, lambda: string | null, vast: string | null];
/** The catalogue of ExAtlas 0.1; its Fly.io column is gone with Fly.io's GPUs. */
const EXATLAS: Record<string, Column> = {
  h200: ['NVIDIA H200', null, 'H200'],
  h100: ['NVIDIA H100 80GB HBM3', 'gpu_1x_h100_pcie', 'H100'],
  h100_pcie: ['NVIDIA H100 PCIe', null, null],
  h100_sxm: [null, 'gpu_1x_h100_sxm5', null],
  a100_80g: ['NVIDIA A100 80GB PCIe', 'gpu_1x_a100_sxm4_80gb', 'A100_80GB'],
  a100_40g: ['NVIDIA A100-SXM4-40GB', 'gpu_1x_a100_sxm4', 'A100'],
  l40s: ['NVIDIA L40S', null, null],
  l40: ['NVIDIA L40', null, null],
  l4: ['NVIDIA L4', null, null],
  a10: [null, 'gpu_1x_a10', null],
  a6000: ['NVIDIA RTX A6000', 'gpu_1x_a6000', 'RTX_A6000'],
  a5000: ['NVIDIA RTX A5000', null, null],
  a4000: ['NVIDIA RTX A4000', null, null],
  rtx_6000_ada: ['NVIDIA RTX 6000 Ada Generation', null, null],
  rtx_6000: [null, 'gpu_1x_rtx_6000', null],
  rtx_4090: ['NVIDIA GeForce RTX 4090', null, 'RTX_4090'],
  rtx_3090: ['NVIDIA GeForce RTX 3090', null, 'RTX_3090'],
  mi300x: ['AMD Instinct MI300X OAM', null, null],
};
/** Where we differ, as the docs say: `null` where there is none for a single GPU. */
const DIFFERENT: Record<string, string | null> = {
  'h100 lambda': 'gpu_1x_h100_sxm5',
  'h100 vast': 'H100 SXM',
  'a100_80g lambda': null,
  'a100_80g vast': 'A100 PCIE',
  'a100_40g vast': 'A100 SXM4',
  'rtx_6000 lambda': 'gpu_1x_rtx6000',
};

const EXATLAS_ROWS = Object.entries(EXATLAS).flatMap(([name, [runpod, lambda, vast]]) =>
  Object.entries({ runpod, lambda, vast }).flatMap(([provider, id]): [string, string, string][] =>
    id === null ? [] : [[name, provider, id]],
  ),
);

test('all of ExAtlas’s names are here', () => {
  expect(Object.keys(EXATLAS)).toHaveLength(18);
  expect(Object.keys(EXATLAS).filter((name) => GPU_CATALOGUE.find(name).length === 0)).toEqual([]);
});

test.each(EXATLAS_ROWS)('%s at %s is %s as in ExAtlas, or differs as the docs say', (name, provider, id) => {
  const answer = GPU_CATALOGUE.idAt(name, provider);
  const key = `${name} ${provider}`;
  const expected = Object.hasOwn(DIFFERENT, key) ? DIFFERENT[key] : id;

  expect(answer.found ? comparable(answer.id) : null).toBe(expected == null ? null : comparable(expected));
});

test('the Quadro RTX 6000 is not an RTX 6000 Ada', () => {
  expect(GPU_CATALOGUE.find('rtx_6000')).toMatchObject([{ memoryGiB: 24 }]);
  expect(GPU_CATALOGUE.find('rtx_6000_ada')).toMatchObject([{ memoryGiB: 48 }]);
  expect(GPU_CATALOGUE.idAt('rtx_6000', 'runpod').found).toBe(false);
  expect(GPU_CATALOGUE.modelOf('lambda', 'gpu_1x_rtx6000')?.name).toBe('rtx_6000');
});
