import { requestFieldsOf } from '../../src/model';
import { digestOf, parsePodSpec, readPodSpec } from '../../src/schema';
import type { PodSpecInput } from '../../src/schema';

test.each<[what: string, input: PodSpecInput, gpu: unknown, candidates: object[], origins: (number | null)[]]>([
  ['neither candidates nor a list', { gpu: 'h100' }, 'h100', [], []],
  ['a list of one GPU', { gpu: ['h100'] }, 'h100', [], []],
  ['a list of GPUs', { gpu: ['h100', 'l4'] }, 'h100', [{ gpu: 'h100' }, { gpu: 'l4' }], [null, null]],
  [
    'candidates, of which one has a list',
    { gpu: 'h100', candidates: [{ spot: true }, { gpu: ['l4', { id: 'X' }], gpuCount: 2 }, { gpu: ['a40'] }] },
    'h100',
    [{ spot: true }, { gpuCount: 2, gpu: 'l4' }, { gpuCount: 2, gpu: { id: 'X' } }, { gpu: 'a40' }],
    [0, 1, 1, 2],
  ],
  [
    'candidates of a spec with a list',
    { gpu: ['h100', 'l4'], candidates: [{ provider: 'runpod' }, { gpu: 'a40' }] },
    'h100',
    [{ provider: 'runpod', gpu: 'h100' }, { provider: 'runpod', gpu: 'l4' }, { gpu: 'a40' }],
    [0, 0, 1],
  ],
  ['GPUs of candidates alone', { gpuCount: 2, candidates: [{ gpu: 'l4' }] }, null, [{ gpu: 'l4' }], [0]],
])('%s', (_what, input, gpu, candidates, origins) => {
  const read = readPodSpec(input);

  expect(read.spec).toMatchObject({ gpu, candidates });
  expect(read.spec.candidates).toEqual(candidates);
  expect(read.origins).toEqual(origins);
});

test('a completed candidate has what was written, checked and in ms', () => {
  const { spec } = parsePodSpec({
    candidates: [{ offerTimeout: '2m', ports: ['80/http'], health: { http: { port: 80 } }, cpu: { cores: 2 } }],
  });

  expect(spec.candidates).toEqual([
    {
      offerTimeoutMs: 120_000,
      ports: [{ port: 80, protocol: 'http' }],
      health: { kind: 'http', port: 80, path: '/', status: null },
      cpu: { cores: 2, memoryGiB: null },
    },
  ]);
});

test('a candidate may mend what the spec alone would get wrong', () => {
  const spec: PodSpecInput = {
    health: { http: { port: 80 } },
    candidates: [{ ports: ['80/http'] }, { health: 'status' }],
  };
  expect(() => parsePodSpec(spec)).not.toThrow();
});

test('one GPU in a list means the same as without one', () => {
  expect(digestOf(parsePodSpec({ gpu: ['h100'] }).spec)).toBe(digestOf(parsePodSpec({ gpu: 'h100' }).spec));
});

test('a provider gets none of it', () => {
  const { spec } = parsePodSpec({ gpu: ['h100', 'l4'], offerTimeout: '1m' });
  expect(Object.keys(requestFieldsOf(spec))).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:candidates|offerTimeoutMs)$/)]),
  );
});
