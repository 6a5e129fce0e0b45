import { GPU_CATALOGUE } from '../../../src/model/gpus';

describe('a family', () => {
  test.each([
    ['h100', 'runpod', 1, 'NVIDIA H100 80GB HBM3'],
    ['h100', 'lambda', 8, 'gpu_8x_h100_sxm5gdr'],
    ['a100_80g', 'runpod', 1, 'NVIDIA A100 80GB PCIe'],
    ['a100_80g', 'lambda', 8, 'gpu_8x_a100_80gb_sxm4'],
    ['a100_40g', 'lambda', 1, 'gpu_1x_a100_sxm4'],
    ['a100_40g', 'lambda', 2, 'gpu_2x_a100'],
    ['a100_40g', 'lambda', 8, 'gpu_8x_a100'],
    ['rtx_pro_6000', 'vast', 1, 'RTX PRO 6000 S'],
  ])('%s at %s for %i is %s', (name, provider, count, id) => {
    expect(GPU_CATALOGUE.idAt(name, provider, count)).toMatchObject({ found: true, id });
  });

  test('means all its members', () => {
    expect(GPU_CATALOGUE.find('h100').map(({ name }) => name)).toEqual(['h100_sxm', 'h100_pcie']);
  });
});

describe('memory', () => {
  test('is needed if the id alone is ambiguous', () => {
    expect(GPU_CATALOGUE.idAt('a100_sxm_80g', 'vast')).toMatchObject({ id: 'A100 SXM4', memoryAboveGiB: 60 });
    expect(GPU_CATALOGUE.idAt('a100_sxm_40g', 'vast')).toMatchObject({ id: 'A100 SXM4', memoryBelowGiB: 60 });
    expect(GPU_CATALOGUE.idAt('h100_sxm', 'vast')).not.toHaveProperty('memoryAboveGiB');
  });

  test.each([
    [40, 'a100_sxm_40g'],
    [39.6, 'a100_sxm_40g'],
    [79.25, 'a100_sxm_80g'],
    [80, 'a100_sxm_80g'],
    [undefined, undefined],
  ])('of %p GiB makes an A100 SXM4 of Vast %p', (memoryGiB, name) => {
    expect(GPU_CATALOGUE.modelOf('vast', 'A100 SXM4', memoryGiB)?.name).toBe(name);
  });

  test('doesn’t matter if the id is unambiguous', () => {
    expect(GPU_CATALOGUE.modelOf('runpod', 'NVIDIA B300 SXM6 AC', 262)?.name).toBe('b300');
  });
});

describe('what a provider has', () => {
  test('is listed in alphabetical order, families included', () => {
    expect(GPU_CATALOGUE.supportedBy('lambda')).toEqual([
      'a10',
      'a100_40g',
      'a100_80g',
      'a100_pcie_40g',
      'a100_sxm_40g',
      'a100_sxm_80g',
      'a6000',
      'b200',
      'gh200',
      'h100',
      'h100_pcie',
      'h100_sxm',
      'rtx_6000',
      'v100_16g',
    ]);
  });

  test.each(['fly', 'mock', 'constructor', '__proto__', 'toString', ''])('is nothing for %p', (provider) => {
    expect(GPU_CATALOGUE.supportedBy(provider)).toEqual([]);
    expect(GPU_CATALOGUE.modelOf(provider, 'H200')).toBeUndefined();
    expect(GPU_CATALOGUE.knowsProvider(provider)).toBe(provider === 'fly');
  });

  test('names() has families and models, no aliases, each once', () => {
    const names = GPU_CATALOGUE.names();

    expect(names).toEqual(expect.arrayContaining(['h100', 'h100_sxm', 'rtx_4090']));
    expect(names).not.toContain('rtx_a6000');
    expect(names).toEqual([...new Set(names)].toSorted());
  });
});

const OWN_ID = "write gpu: { id: '…' } to pass a provider's own name as it is";

describe('what has no id', () => {
  test.each([
    ['h100_80gb', 'did you mean h100?'],
    ['l40s_48gb', 'did you mean l40s?'],
    ['8x_h100', 'did you mean h100, with gpuCount: 8?'],
    ['rtx4090', 'did you mean rtx_4090?'],
    ['4090', 'did you mean rtx_4090?'],
    ['rtx_6000_adda', 'did you mean rtx_6000_ada?'],
    ['a100', 'did you mean a100_40g or a100_80g?'],
    ['v100', 'did you mean v100_16g or v100_32g?'],
    ['a100_sxm', 'did you mean a100_sxm_40g or a100_sxm_80g?'],
  ])('%s: %s', (name, question) => {
    expect(GPU_CATALOGUE.idAt(name, 'runpod')).toEqual({
      found: false,
      reason: 'unknown_name',
      message: `no GPU is called '${name}': ${question} Else ${OWN_ID}`,
    });
  });

  test.each([
    'h10',
    'h1000',
    'h20',
    'k80',
    'tesla_k80',
    'hopper',
    'rtx',
    'x',
    '',
    '_',
    'constructor',
    '__proto__',
    'toString',
  ])('%p is like no other', (name) => {
    expect(GPU_CATALOGUE.find(name)).toEqual([]);
    expect(GPU_CATALOGUE.idAt(name, 'runpod')).toEqual({
      found: false,
      reason: 'unknown_name',
      message: `no GPU is called '${name}': take one of docs/gpus.md, or ${OWN_ID}`,
    });
  });

  test.each([
    ['mi300x', 'vast', 'vast has no mi300x; runpod has it'],
    ['l40s', 'lambda', 'lambda has no l40s; runpod and vast have it'],
    ['h100', 'fly', 'fly has no h100; runpod, vast and lambda have it'],
  ])('%s at %s: says who has it', (name, provider, said) => {
    expect(GPU_CATALOGUE.idAt(name, provider)).toEqual({
      found: false,
      reason: 'not_there',
      message: `${said}. Take another provider or another gpu (docs/gpus.md), or ${OWN_ID}`,
    });
  });

  test.each([
    ['h100_pcie', 2, '1'],
    ['a100_sxm_80g', 1, '8'],
    ['a100_40g', 3, '1, 2, 4 or 8'],
    ['h100_sxm', 16, '1, 2, 4 or 8'],
  ])('%s of Lambda in a count of %i: says the counts', (name, count, counts) => {
    expect(GPU_CATALOGUE.idAt(name, 'lambda', count)).toEqual({
      found: false,
      reason: 'not_that_count',
      message: `lambda rents ${name} as whole machines of ${counts}, not of ${count}: ask for ${counts}, or take another provider`,
    });
  });

  test('a provider without data', () => {
    expect(GPU_CATALOGUE.idAt('h100', 'mock')).toMatchObject({ found: false, reason: 'unknown_provider' });
  });
});
