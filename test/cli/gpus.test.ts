import type { GpuType } from '../../src/providers/contract';
import { ownDirectory } from './support/cli';
import { onFakeRunpod } from './support/fakeRunpod';

const SOLD_OUT = 'NVIDIA H100 NVL';
const runpod = onFakeRunpod({
  simulator: {
    market: [
      gpu('NVIDIA H100 80GB HBM3', 80, 2.99, 2.69, 40),
      gpu('NVIDIA L4', 24, 0.39, null, 4),
      gpu(SOLD_OUT, 94, 2.79, 2.59, 0),
    ],
  },
});
const directory = ownDirectory();

function gpu(id: string, memoryGiB: number, secure: number, community: number | null, stock: number) {
  const offer = (cloudType: 'secure' | 'community', hourlyPrice: number) => ({
    region: 'US-KS-2',
    cloudType,
    hourlyPrice,
    stock,
  });
  const offers = [offer('secure', secure), ...(community === null ? [] : [offer('community', community)])];
  return { id, displayName: id, memoryGiB, offers };
}

test('gpus prints a table, the cheapest first', async () => {
  const { code, stdout, stderr } = await runpod.run(['gpus', '--provider', 'runpod']);

  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['GPU', 'GIB', '$/H', 'SECURE', 'COMMUNITY', 'STOCK', 'REGIONS', "PROVIDER'S NAME"],
    ['l4', '24', '0.39', '0.39', '-', 'low', 'US-KS-2', 'NVIDIA L4'],
    ['h100_sxm', '80', '2.69', '2.99', '2.69', 'high', 'US-KS-2', 'NVIDIA H100 80GB HBM3'],
    [''],
  ]);
  expect(stderr).toBe('1 out of stock: add --all to show them\n');
  expect(runpod.cloud.requests().map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v2/catalog/gpus?include=AVAILABILITY&product=POD',
  ]);
});

test('--json prints one list, also an empty one', async () => {
  const all = await runpod.run(['gpus', '--provider', 'runpod', '--all', '--json']);
  const types = JSON.parse(all.stdout) as GpuType[];

  expect(types.map(({ id }) => id)).toEqual(['NVIDIA L4', SOLD_OUT, 'NVIDIA H100 80GB HBM3']);
  expect(types[1]).toMatchObject({ stock: 'unavailable', hourlyPrice: 2.59 });
  expect(JSON.parse((await runpod.run(['gpus', '--provider', 'runpod', '--gpu', 'b200', '--json'])).stdout)).toEqual(
    [],
  );
});

test.each([
  ['a name of the catalogue', 'h100', ['NVIDIA H100 80GB HBM3']],
  ["a part of the provider's own name", 'nvidia l', ['NVIDIA L4']],
])('--gpu takes %s', async (_what, name, ids) => {
  const { stdout } = await runpod.run(['gpus', '--provider', 'runpod', '--gpu', name, '--json']);

  expect((JSON.parse(stdout) as GpuType[]).map(({ id }) => id)).toEqual(ids);
});

test('gpus says so when no GPU matches', async () => {
  const soldOut = await runpod.run(['gpus', '--provider', 'runpod', '--gpu', 'h100 nvl']);
  const unknown = await runpod.run(['gpus', '--provider', 'runpod', '--gpu', 'abacus']);

  expect(soldOut).toEqual({
    code: 0,
    stdout: '',
    stderr: 'all GPUs called h100 nvl are out of stock: add --all to show them\n',
  });
  expect(unknown).toEqual({ code: 0, stdout: '', stderr: 'the provider offers no GPUs called abacus\n' });
});

test('a configured account is asked at its own base URL', async () => {
  directory.write(
    'podkeeper.yaml',
    `accounts:
  here: { provider: local }
  eu: { provider: runpod, baseUrl: '${runpod.cloud.url}/v2', keyVariable: EU_KEY }
  us: { provider: runpod }
`,
  );
  const env = { EU_KEY: runpod.cloud.environment.RUNPOD_API_KEY, RUNPOD_BASE_URL: 'http://127.0.0.1:1' };

  expect((await runpod.run(['gpus', '--account', 'eu'], env, directory.path)).code).toBe(0);
  expect(await runpod.run(['gpus', '--account', 'us'], env, directory.path)).toMatchObject({ code: 3 });
  expect(await runpod.run(['gpus', '--provider', 'runpod'], env, directory.path)).toMatchObject({
    code: 2,
    stderr: 'podkeeper: --account: several accounts match, pass one of eu (runpod), us (runpod)\n',
  });
  expect(await runpod.run(['gpus', '--account', 'mars'], env, directory.path)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--account: no such account; the configuration has here (local), eu'),
  });
  expect(await runpod.run(['gpus', '--account', 'here', '--provider', 'runpod'], env, directory.path)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no such account of runpod'),
  });
});

test.each<[what: string, args: string[], env: NodeJS.ProcessEnv, code: number, message: string]>([
  ['an unknown provider', ['--provider', 'azure'], {}, 2, '--provider: must be one of local, runpod, mock'],
  [
    'a provider without a catalogue',
    [],
    {},
    2,
    "the provider local doesn't support listing GPU types: choose another with --provider",
  ],
  ['no key', ['--provider', 'runpod'], { RUNPOD_API_KEY: '' }, 1, 'no API key for RunPod: set RUNPOD_API_KEY'],
  ['a wrong key', ['--provider', 'runpod'], { RUNPOD_API_KEY: 'wrong' }, 1, 'runpod answered 401'],
  ['nothing listening', ['--provider', 'runpod'], { RUNPOD_BASE_URL: 'http://127.0.0.1:1' }, 3, 'was not sent'],
  ['an invalid address', ['--provider', 'runpod'], { RUNPOD_BASE_URL: 'here' }, 2, 'baseUrl: must be'],
])('gpus with %s fails and says why', async (_what, args, env, code, message) => {
  const said = await runpod.run(['gpus', ...args], env);

  expect({ code: said.code, stdout: said.stdout }).toEqual({ code, stdout: '' });
  expect(said.stderr).toContain(message);
});
