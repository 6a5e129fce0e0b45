import { isOfLife, mismatchOf } from '../../src/activities/matching';
import type { Pod, PodSpec } from '../../src/model';
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
  ['the count of GPUs', { gpu: 'h100', gpuCount: 2 }, { gpu: 'H100', gpuCount: 2 }],
])('%s fits', (_case, spec, pod) => {
  expect(mismatchOf(specOf(spec), podOf(pod))).toBeUndefined();
});

test.each<[Partial<PodSpec>, Partial<Pod>, string]>([
  [{ image: 'a' }, { image: 'b' }, 'it runs image b, not a'],
  [{ gpu: null }, { gpu: 'H100', gpuCount: 1 }, 'it has a GPU (H100), none was asked for'],
  [{ gpu: { id: 'H100' } }, { gpu: 'A100', gpuCount: 1 }, 'it has GPU A100, not H100'],
  [{ gpu: 'h100', gpuCount: 2 }, { gpu: 'H100', gpuCount: 1 }, 'it has 1 GPUs, not 2'],
])('%j is not what %j is', (spec, pod, message) => {
  expect(mismatchOf(specOf(spec), podOf(pod))).toBe(message);
});

test.each([1, 12, 999])('number %i is of this life', (number) => {
  expect(isOfLife(nameOf(number), PREFIX)).toBe(true);
});

test.each(FOREIGN_NAMES)('%s is not of this life', (name) => {
  expect(isOfLife(name, PREFIX)).toBe(false);
});
