import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GPU_CATALOGUE } from '../../src/model/gpus';
import type { GpuEntry } from '../../src/model/gpus';
import { loadConfiguration, parsePodSpec } from '../../src/schema';
import { refusalOf } from './refusal';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'podkeeper-gpus-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function load(section: string): GpuEntry[] {
  writeFileSync(path.join(directory, 'podkeeper.yaml'), `deployment: dev\n${section}`);
  return loadConfiguration({ env: {}, cwd: directory, hostname: 'box' }).gpus;
}

function refusalIn(section: string): string {
  const refusal = refusalOf(() => load(section));
  expect(refusal.kind).toBe('validation');
  return refusal.message.replaceAll(`${directory}/`, '').replace(/^Invalid configuration: /, '');
}

test('a full section becomes entries for the catalogue', () => {
  const gpus = load(`gpus:
  h300:
    memoryGiB: 200
    displayName: H300
    vendor: nvidia
    aliases: [our_h300]
    ids:
      runpod: NVIDIA H300
      vast: { id: H300, memoryAboveGiB: 150, memoryBelowGiB: 250, otherIds: [H300 SXM] }
      lambda: { byCount: { 1: gpu_1x_h300, 8: gpu_8x_h300 } }
  h100_sxm:
    ids: { my-cloud: h100-80 }
`);

  expect(gpus).toEqual([
    {
      name: 'h300',
      memoryGiB: 200,
      displayName: 'H300',
      vendor: 'nvidia',
      aliases: ['our_h300'],
      ids: {
        runpod: 'NVIDIA H300',
        vast: { id: 'H300', memoryAboveGiB: 150, memoryBelowGiB: 250, otherIds: ['H300 SXM'] },
        lambda: { byCount: { '1': 'gpu_1x_h300', '8': 'gpu_8x_h300' } },
      },
    },
    { name: 'h100_sxm', ids: { 'my-cloud': 'h100-80' } },
  ]);
  expect(JSON.parse(JSON.stringify(gpus))).toEqual(gpus);
  expect(GPU_CATALOGUE.extend(gpus).idAt('our_h300', 'lambda', 8)).toMatchObject({ id: 'gpu_8x_h300' });
});

test.each(['', 'gpus:\n', 'gpus: {}\n'])('no GPUs: %j', (section) => {
  expect(load(section)).toEqual([]);
});

const ID =
  "must be the provider's id as a text, { id } with memoryAboveGiB or memoryBelowGiB, or { byCount } such as { byCount: { 8: 'gpu_8x' } }";
const MEMORY = 'must be an amount of memory in GiB, more than 0, for instance 80';

test.each([
  [
    'a list',
    'gpus: []',
    "podkeeper.yaml:2: gpus: must be a map of names to GPUs, each a GPU such as { memoryGiB: 80, ids: { my-cloud: 'H100-80' } }",
  ],
  [
    'a GPU of nothing',
    'gpus:\n  h300:',
    "podkeeper.yaml:3: gpus.h300: is empty: leave it out, or give a GPU such as { memoryGiB: 80, ids: { my-cloud: 'H100-80' } }",
  ],
  [
    'an unknown key',
    'gpus:\n  h300:\n    memoryGib: 80',
    'podkeeper.yaml:4: gpus.h300.memoryGib: is not a field; did you mean memoryGiB?',
  ],
  ['memory as a text', "gpus:\n  h300:\n    memoryGiB: '80'", `podkeeper.yaml:4: gpus.h300.memoryGiB: ${MEMORY}`],
  [
    'an id by number',
    'gpus:\n  h300:\n    memoryGiB: 1\n    ids:\n      a: 7',
    `podkeeper.yaml:6: gpus.h300.ids.a: ${ID}`,
  ],
  [
    'an id of two kinds',
    'gpus:\n  h300:\n    memoryGiB: 1\n    ids:\n      a: { id: x, byCount: { 1: y } }',
    `podkeeper.yaml:6: gpus.h300.ids.a: ${ID}`,
  ],
  [
    'an id of no kind',
    'gpus:\n  h300:\n    memoryGiB: 1\n    ids:\n      a: { memoryAboveGiB: 5 }',
    `podkeeper.yaml:6: gpus.h300.ids.a: ${ID}`,
  ],
  [
    'a name of another form',
    'gpus:\n  H-300:\n    memoryGiB: 1',
    "podkeeper.yaml:3: gpus.H-300: can't be a GPU's name: use a-z and 0-9 with single underscores between them, at most 64 characters, for instance 'rtx_4090'",
  ],
  [
    'no memory',
    'gpus:\n  h300:\n    ids: { a: x }',
    'podkeeper.yaml:3: gpus.h300.memoryGiB: is missing: say how much one GPU has',
  ],
  [
    'an alias that is taken',
    'gpus:\n  h300:\n    memoryGiB: 1\n    aliases:\n      - ok\n      - l4',
    'podkeeper.yaml:7: gpus.h300.aliases[1]: is a name of l4 already: choose another',
  ],
  [
    'an id that is taken',
    'gpus:\n  h300:\n    memoryGiB: 1\n    ids:\n      runpod: NVIDIA L4',
    "podkeeper.yaml:6: gpus.h300.ids.runpod: means l4 at runpod already: make 'h300' an alias of that",
  ],
  [
    'a provider of another form',
    'gpus:\n  h300:\n    memoryGiB: 1\n    ids:\n      My Cloud: x',
    "podkeeper.yaml:6: gpus.h300.ids[\"My Cloud\"]: can't be the name of a provider: use a provider's name: a-z and 0-9 with single hyphens between them, for instance 'runpod'",
  ],
  [
    'a prototype',
    'gpus:\n  __proto__:\n    memoryGiB: 1',
    "podkeeper.yaml:3: gpus.__proto__: can't be a key: remove it",
  ],
  [
    'a constructor',
    'gpus:\n  h300:\n    memoryGiB: 1\n    ids:\n      constructor: x',
    "podkeeper.yaml:6: gpus.h300.ids.constructor: can't be a key: remove it",
  ],
])('%s is refused with its line', (_what, section, message) => {
  expect(refusalIn(section)).toBe(message);
});

test('reports problems of settings and GPUs together', () => {
  const message = refusalIn('settings:\n  sendWindow: 15s\ngpus:\n  h100:\n    memoryGiB: 80\n');

  expect(message).toContain('podkeeper.yaml:3: settings.sendWindow');
  expect(message).toContain('podkeeper.yaml:5: gpus.h100: stands for h100_sxm or h100_pcie: write one of these');
});

const GPU = "must be a GPU's name such as 'h100' or 'rtx_4090', or { id } with the provider's own name";

test.each([
  ['NVIDIA H100 80GB HBM3', `${GPU}: write 'h100_sxm' or { id: 'NVIDIA H100 80GB HBM3' }`],
  ['RTX 6000Ada', `${GPU}: write 'rtx_6000_ada' or { id: 'RTX 6000Ada' }`],
  ['A100 SXM4', `${GPU}: write 'a100_sxm_80g' or 'a100_sxm_40g' or { id: 'A100 SXM4' }`],
  ['RTX-4090', `${GPU}: write 'rtx_4090'`],
  ['Our Own', GPU],
  ['a/b', GPU],
  ['x'.repeat(65), GPU],
])('the name %p in a spec is refused with what to write', (gpu, message) => {
  expect(refusalOf(() => parsePodSpec({ gpu })).message).toBe(`Invalid spec: gpu: ${message}`);
});
