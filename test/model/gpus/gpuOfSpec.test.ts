import { GPU_CATALOGUE, gpuChoiceOf, gpuIdOf, requireGpu } from '../../../src/model/gpus';
import { refusalOf } from '../../schema/refusal';

test('a name becomes the provider’s id, with the memory if needed', () => {
  expect(gpuIdOf('h100', 'runpod', 1, GPU_CATALOGUE)).toBe('NVIDIA H100 80GB HBM3');
  expect(gpuIdOf('a6000', 'lambda', 4, GPU_CATALOGUE)).toBe('gpu_4x_a6000');
  expect(gpuChoiceOf('a100_pcie_40g', 'vast', 1, GPU_CATALOGUE)).toEqual({ id: 'A100 PCIE', memoryBelowGiB: 60 });
  expect(gpuChoiceOf('h200', 'vast', 1, GPU_CATALOGUE)).toEqual({ id: 'H200' });
});

test.each(['runpod', 'lambda', 'fly', 'mock'])('a provider’s own name passes at %s', (provider) => {
  const gpu = { id: 'Anything At All' };

  expect(gpuChoiceOf(gpu, provider, 64, GPU_CATALOGUE)).toEqual(gpu);
  expect(() => requireGpu(gpu, provider, 64, GPU_CATALOGUE)).not.toThrow();
});

test.each([
  ['h10', 'runpod', 1, 'validation', 'gpu', "no GPU is called 'h10': take one of docs/gpus.md"],
  ['h10', 'mock', 1, 'validation', 'gpu', "no GPU is called 'h10': take one of docs/gpus.md"],
  ['mi300x', 'lambda', 1, 'unsupported', 'gpu', 'lambda has no mi300x; runpod has it.'],
  ['h100_pcie', 'lambda', 2, 'unsupported', 'gpuCount', 'lambda rents h100_pcie as whole machines of 1, not of 2'],
] as const)('%s at %s, %i of them, is refused as %s of %s', (gpu, provider, count, kind, path, begin) => {
  for (const refused of [gpuIdOf, requireGpu]) {
    const refusal = refusalOf(() => refused(gpu, provider, count, GPU_CATALOGUE));

    expect(refusal).toMatchObject({ kind, refused: true, details: [{ path }] });
    expect(refusal.message.startsWith(`${path}: ${begin}`)).toBe(true);
  }
});

test('a provider without data may get any name, and has no id here', () => {
  expect(() => requireGpu('h100', 'mock', 3, GPU_CATALOGUE)).not.toThrow();
  expect(refusalOf(() => gpuIdOf('h100', 'mock', 3, GPU_CATALOGUE))).toMatchObject({ kind: 'unsupported' });
});
