import { join } from 'node:path';
import { DIST, requireFreshBuild } from '../support/e2eBuild';
import { cliEnvironment, ownDirectory, runCli } from './support/cli';

const directory = ownDirectory();
const configuration = directory.write('podkeeper.yaml', 'deployment: load\naccounts: { here: { provider: local } }\n');
/** Prints the packages whose code a process has loaded, when it ends. */
const reporter = directory.write(
  'reporter.cjs',
  `process.on('exit', () => {
    const files = Object.keys(require.cache).filter((file) => !file.endsWith('.json'));
    const names = files.map((file) => /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
    require('node:fs').writeSync(2, '\\nloaded: ' + JSON.stringify([...new Set(names)].filter(Boolean).sort()));
  });`,
);

beforeAll(requireFreshBuild);

/** The packages that a command loads. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const additions = { NODE_OPTIONS: `--require ${reporter}`, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const { stderr } = await runCli(args, cliEnvironment(directory.path, additions), join(DIST, '..'));
  const [, names = ''] = /\nloaded: (.*)$/.exec(stderr) ?? [];
  return JSON.parse(names) as string[];
}

const SDK_AND_CONFIGURATION = /^(@temporalio\/(client|worker|core-bridge|proto)|@grpc\/|undici$|yaml$|zod$)/;

test.each(['--help', 'get --help', 'worker --help', 'gpus --no-such-option'])(
  'neither Temporal’s SDK nor the configuration is loaded for what needs no action: %s',
  async (words) => {
    const loaded = await loadedBy(...words.split(' '));
    expect(loaded).toEqual(expect.arrayContaining(['commander', 'semver']));
    expect(loaded.filter((name) => SDK_AND_CONFIGURATION.test(name))).toEqual([]);
  },
);

test('a claim is asked without what workers and requests to providers need', async () => {
  const loaded = await loadedBy('get', 'a', '--config', configuration);
  expect(loaded).toEqual(expect.arrayContaining(['@temporalio/client', 'zod', 'yaml']));
  expect(loaded.filter((name) => /^(@temporalio\/(worker|core-bridge|testing)|undici)$/.test(name))).toEqual([]);
});

test('without a file nothing is loaded that reads one', async () => {
  const loaded = await loadedBy('get', 'a', '--deployment', 'load');
  expect(loaded).toContain('@temporalio/client');
  expect(loaded).not.toContain('yaml');
});
