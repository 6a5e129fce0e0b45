import { mismatchOf } from '../../src/activities/matching';
import { isOfLife } from '../../src/model';
import type { Pod, PodSpec } from '../../src/model';
import { GPU_CATALOGUE } from '../../src/model/gpus';
import { ScriptedProvider } from '../support/scriptedProvider';
import { FOREIGN_NAMES, NAME, PREFIX, nameOf, specOf } from './fixtures';

function podOf(changes: Partial<Pod>): Pod {
  return { ...new ScriptedProvider().create(NAME), ...changes };
}

test.each<[string, Partial<PodSpec>, Partial<Pod>]>([
  ['the same image', { image: 'a' }, { image: 'a' }],
  ['a spec without an image', { image: null }, { image: 'a' }],
  ['a provider that tells no image', { image: 'a' }, { image: null }],
  ['no GPU', { gpu: null, gpuCount: 1 }, { gpu: null, gpuCount: 0 }],
  ['a GPU by our name, whatever the provider calls it', { gpu: 'h100' }, { gpu: 'NVIDIA H100', gpuCount: 1 }],
  ['a GPU by the provider’s name', { gpu: { id: 'H100' } }, { gpu: 'H100', gpuCount: 1 }],
  ['a provider that tells no GPU', { gpu: 'h100', gpuCount: 2 }, { gpu: null, gpuCount: 0 }],
  ['a GPU by our name', { gpu: 'l4' }, { provider: 'runpod', gpu: 'NVIDIA L4', gpuCount: 1 }],
  ['a GPU by an alias', { gpu: 'rtx_a6000' }, { provider: 'vast', gpu: 'RTX_A6000', gpuCount: 1 }],
  ['any of a family', { gpu: 'h100' }, { provider: 'runpod', gpu: 'NVIDIA H100 PCIe', gpuCount: 1 }],
  ['a GPU whose memory isn’t told', { gpu: 'a100_40g' }, { provider: 'vast', gpu: 'A100 SXM4', gpuCount: 1 }],
  ['a machine of so many', { gpu: 'a6000', gpuCount: 4 }, { provider: 'lambda', gpu: 'gpu_4x_a6000', gpuCount: 4 }],
  ['a GPU that the catalogue doesn’t know', { gpu: 'l4' }, { provider: 'runpod', gpu: 'NVIDIA X9', gpuCount: 1 }],
  ['a name that the catalogue doesn’t know', { gpu: 'x9' }, { provider: 'runpod', gpu: 'NVIDIA L4', gpuCount: 1 }],
  ['the count of GPUs', { gpu: 'h100', gpuCount: 2 }, { gpu: 'H100', gpuCount: 2 }],
])('%s fits', (_case, spec, pod) => {
  expect(mismatchOf(specOf(spec), podOf(pod))).toBeUndefined();
});

test.each<[Partial<PodSpec>, Partial<Pod>, string]>([
  [{ image: 'a' }, { image: 'b' }, 'it runs image b, not a'],
  [{ gpu: null }, { gpu: 'H100', gpuCount: 1 }, 'it has a GPU (H100), none was asked for'],
  [{ gpu: { id: 'H100' } }, { gpu: 'A100', gpuCount: 1 }, 'it has GPU A100, not H100'],
  [{ gpu: 'h100', gpuCount: 2 }, { gpu: 'H100', gpuCount: 1 }, 'it has 1 GPUs, not 2'],
  [
    { gpu: 'h100' },
    { provider: 'runpod', gpu: 'NVIDIA A100 80GB PCIe', gpuCount: 1 },
    'it has GPU NVIDIA A100 80GB PCIe (a100_pcie_80g), not h100',
  ],
  [
    { gpu: 'rtx_6000_ada' },
    { provider: 'lambda', gpu: 'gpu_1x_rtx6000', gpuCount: 1 },
    'it has GPU gpu_1x_rtx6000 (rtx_6000), not rtx_6000_ada',
  ],
  [
    { gpu: 'l4' },
    { provider: 'vast', gpu: 'A100 SXM4', gpuCount: 1 },
    'it has GPU A100 SXM4 (a100_sxm_80g or a100_sxm_40g), not l4',
  ],
])('%j is not what %j is', (spec, pod, message) => {
  expect(mismatchOf(specOf(spec), podOf(pod))).toBe(message);
});

test('the catalogue of the worker counts', () => {
  const spec = specOf({ gpu: 'h100' });
  const pod = podOf({ provider: 'my-cloud', gpu: 'small', gpuCount: 1 });
  const gpus = GPU_CATALOGUE.extend([{ name: 'l4', ids: { 'my-cloud': 'small' } }]);

  expect(mismatchOf(spec, pod)).toBeUndefined();
  expect(mismatchOf(spec, pod, gpus)).toBe('it has GPU small (l4), not h100');
});

test.each([1, 12, 999])('number %i is of this life', (number) => {
  expect(isOfLife(nameOf(number), PREFIX)).toBe(true);
});

test.each(FOREIGN_NAMES)('%s is not of this life', (name) => {
  expect(isOfLife(name, PREFIX)).toBe(false);
});
