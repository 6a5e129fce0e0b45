import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startDevServer } from '../../src/servers';
import type { DevServer } from '../../src/servers';
import { temporalSettings } from '../support/temporalSettings';
import { ROOT } from '../docs/markdown';
import { packedProject } from './support/project';
import type { Outcome } from './support/project';

const REPOSITORY = join(ROOT, 'node_modules');
const OLDEST = join(__dirname, 'oldestSdk', 'node_modules');
/** The other end of the range is what the repository itself has installed: every other test is made with it. */
const isInstalled = existsSync(OLDEST);
const described = isInstalled ? describe : describe.skip;
const skipped = isInstalled ? '' : ' (skipped: npm run sdk:oldest installs it)';

described(`a project with the oldest SDK of the range${skipped}`, () => {
  const project = packedProject(OLDEST);
  let server: DevServer;
  beforeAll(async () => {
    server = await startDevServer({ dynamicConfig: temporalSettings() });
    cpSync(join(ROOT, 'examples', 'workflow'), project.directory, { recursive: true });
    project.write('podkeeper.yaml', CONFIGURATION);
    project.write('hello.yaml', 'command: [sleep, "300"]\nmaxLifetime: 10m\n');
  }, 120_000);
  afterAll(async () => await server.kill());

  const environment = (deployment: string) => ({
    PODKEEPER_DEPLOYMENT: deployment,
    PODKEEPER_HOME: join(project.directory, 'home'),
    PODKEEPER_CONFIG: join(project.directory, 'podkeeper.yaml'),
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_CONFIG_FILE: join(project.directory, 'temporal.toml'),
  });
  const podkeeper = async (args: readonly string[], deployment: string): Promise<Outcome> =>
    await project.node([join(project.podkeeper, 'dist', 'cli', 'main.js'), ...args], { env: environment(deployment) });

  /** Runs a worker while something is done. */
  async function beside(args: readonly string[], deployment: string, use: () => Promise<void>): Promise<void> {
    const worker = spawn(process.execPath, args, {
      cwd: project.directory,
      env: { ...process.env, ...environment(deployment) },
      stdio: 'ignore',
    });
    const ended = once(worker, 'exit');
    try {
      await use();
    } finally {
      worker.kill('SIGTERM');
      await ended;
    }
  }

  test('its types fit: one copy of the SDK', async () => {
    project.write('types.mts', TYPES);

    expect(
      await project.typeCheck(['types.mts'], { moduleResolution: 'node16', module: 'node16', skipLibCheck: true }),
    ).toBe('');
  }, 120_000);

  test('the shipped bundle, made with a newer SDK, runs in its worker', async () => {
    const main = join(project.podkeeper, 'dist', 'cli', 'main.js');
    await beside([main, 'worker'], 'shipped', async () => {
      expect(await podkeeper(['spawn', 'hello.yaml', '--id', 'old', '--wait'], 'shipped')).toMatchObject({ code: 0 });
      expect(await podkeeper(['terminate', 'old'], 'shipped')).toMatchObject({ code: 0 });
    });
  }, 120_000);

  test('a workflow of its own rents with withPod', async () => {
    await beside(['oneWorker.mjs'], 'scenes', async () => {
      const env = { ...environment('scenes'), TASK_QUEUE: 'podkeeper/scenes' };
      const { code, stdout, stderr } = await project.node(['render.mjs', 'dawn', '2'], { env });

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('pixels of dawn-2');
    });
  }, 120_000);

  /** Takes the place of the project's SDK: these packages of it, and others from elsewhere. */
  function replaceSdk(names: readonly string[], others: Readonly<Record<string, string>> = {}): void {
    const sdk = join(project.directory, 'node_modules', '@temporalio');
    rmSync(sdk, { recursive: true });
    mkdirSync(sdk);
    for (const name of names) symlinkSync(join(OLDEST, '@temporalio', name), join(sdk, name));
    for (const [name, target] of Object.entries(others)) symlinkSync(target, join(sdk, name));
  }

  const APPLICATION_ONLY = ['client', 'envconfig'];

  describe('without the packages that only a worker needs', () => {
    beforeAll(() => replaceSdk(APPLICATION_ONLY));

    test('commands that run none work', async () => {
      expect(await podkeeper(['list'], 'shipped')).toMatchObject({ code: 0 });
    });

    test.each(['worker', 'dev', 'demo'])('podkeeper %s says in one line what to install', async (name) => {
      const { code, stderr } = await podkeeper([name], 'shipped');

      expect(code).toBe(2);
      expect(stderr.trim().split('\n')).toEqual([
        expect.stringMatching(/npm install @temporalio\/worker@1\.23\.0 @temporalio\/activity@1\.23\.0$/),
      ]);
    });
  });

  describe('with a worker of another version', () => {
    // As a project gets it that pins the client and adds a worker later.
    beforeAll(() => replaceSdk(APPLICATION_ONLY, { worker: join(REPOSITORY, '@temporalio', 'worker') }));

    test.each([
      ['the command line', ['worker']],
      ['a command that only asks', ['list']],
    ])('%s refuses to start, in one line that says what to install', async (_what, args) => {
      const { code, stdout, stderr } = await podkeeper(args, 'mixed');

      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/differ in version.*npm install/)]);
    });

    test('so does an application', async () => {
      const program = `import('podkeeper').then(({ Podkeeper }) => new Podkeeper({ client: {}, deployment: 'd' })).catch(({ kind, message }) => console.log(kind, message))`;
      const { stdout } = await project.node(['-e', program]);

      expect(stdout).toMatch(/^validation .*differ in version/);
    });
  });
});

const CONFIGURATION = `
accounts: { here: { provider: local, directory: pods, stopGrace: 1s } }
settings: { bootPoll: 300ms, bootSnapshot: 200ms, healthyPoll: 500ms, endBackoff: 300ms, endBackoffMax: 1s, listLag: 1s }
`;

const TYPES = `
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { Podkeeper } from 'podkeeper';
import { PodkeeperWorker, loadConfiguration } from 'podkeeper/worker';
import { withPod } from 'podkeeper/workflows';

export async function mine(id: string): Promise<string> {
  return await withPod({ deployment: 'd', id }, { command: ['sleep', '300'], maxLifetime: '10m' }, async (pod) => pod.id);
}
export async function serve(connection: NativeConnection): Promise<PodkeeperWorker> {
  await Worker.create({ connection, taskQueue: 'mine' });
  return await PodkeeperWorker.create({ connection, ...loadConfiguration({ env: {}, cwd: '/', hostname: 'h' }) });
}
export const podkeeper = (client: Client) => new Podkeeper({ client, deployment: 'd' });
`;
