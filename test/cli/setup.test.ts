import { SEARCH_ATTRIBUTES } from '../../src/model';
import { startDevServer } from '../../src/servers';
import type { DevServer } from '../../src/servers';
import { cliEnvironment, ownDirectory, runCli } from './support/cli';
import { podkeeper } from './support/inProcess';
import { requireFreshBuild } from '../support/e2eBuild';

const NAMES = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
const directory = ownDirectory();
const servers: DevServer[] = [];

async function environment(options: Parameters<typeof startDevServer>[0] = {}): Promise<NodeJS.ProcessEnv> {
  const server = await startDevServer(options);
  servers.push(server);
  return cliEnvironment(directory.path, { TEMPORAL_ADDRESS: server.address, PODKEEPER_DEPLOYMENT: 'prod' });
}

beforeAll(requireFreshBuild);
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
});

test('setup registers the missing attributes, prints them, and can be repeated', async () => {
  const env = await environment();
  const before = await runCli(['spawn', directory.write('pod.yaml', 'command: [sleep, "1"]\n')], env);
  expect(before).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("'podkeeper setup' registers them") as string,
  });

  const first = await runCli(['setup'], env);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toBe(
    `search attributes registered in namespace default at ${env['TEMPORAL_ADDRESS']}: ${NAMES.join(', ')}\n`,
  );

  const again = await runCli(['setup', '--json'], env);
  expect(JSON.parse(again.stdout)).toEqual({
    address: env['TEMPORAL_ADDRESS'],
    namespace: 'default',
    searchAttributes: { added: [], present: NAMES },
  });
  expect((await runCli(['setup'], env)).stdout).toMatch(/^nothing to do: /);

  const after = await runCli(['spawn', directory.write('other.yaml', 'command: [sleep, "2"]\n')], env);
  expect(after.stderr).not.toContain('setup');
});

test('an attribute of another type is a conflict: exit code 5', async () => {
  const env = await environment({ searchAttributes: { PodkeeperPhase: 'Int' } });
  const { code, stdout, stderr } = await podkeeper(['setup'], env, directory.path);
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  expect(stderr).toMatch(/^podkeeper: namespace default has a search attribute PodkeeperPhase of another type/);
});

test('an unknown namespace is not found: exit code 4', async () => {
  const env = await environment();
  const { code, stderr } = await podkeeper(['setup'], { ...env, TEMPORAL_NAMESPACE: 'nowhere' }, directory.path);
  expect(code).toBe(4);
  expect(stderr).toContain('nowhere');
});
