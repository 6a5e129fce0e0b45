import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../src/client/registerSearchAttributes';
import { startDevServer } from '../../src/servers';
import type { DevServer } from '../../src/servers';
import { read } from '../docs/markdown';
import { namedBlocks } from './support/codeBlocks';
import { packedProject } from './support/project';
import type { Outcome } from './support/project';
import { MODULE_KINDS, packageJson, transpile, transpileProgram } from './support/transpile';
import type { ModuleKind } from './support/transpile';

const README = 'README.md#use-it.2';
const APPLICATION = 'docs/applications.md#from-typescript';
const WORKFLOW = 'docs/applications.md#from-a-workflow';
const WORKER = 'docs/applications.md#a-worker-of-your-own.2';
const PLUGGED_IN = 'docs/writing-a-provider.md#plug-it-in';

/** Each line that a reader may type: it runs here, or it says why not. */
const COMMANDS: Record<string, 'runs' | { why: string }> = {
  'npm ci && npm run demo': { why: 'needs a registry; test/cli/demo.test.ts runs the demo' },
  'npm ci && npm test': { why: 'needs a registry; you are looking at it' },
  'npm install --install-links ../podkeeper @temporalio/client @temporalio/worker @temporalio/activity @temporalio/envconfig yaml':
    { why: 'needs a registry; the tarball is unpacked here, and the others are beside it' },
  'npx podkeeper init': { why: 'asks; test/cli/init.test.ts runs what it writes' },
  'npx podkeeper dev': { why: 'runs until it is stopped; test/cli/dev.test.ts starts and stops it' },
  'podkeeper plan examples/hello.yaml': 'runs',
  'podkeeper spawn examples/hello.yaml --wait': 'runs',
  'podkeeper list': 'runs',
  'podkeeper get hello': 'runs',
  'podkeeper events hello --follow': 'runs',
  'podkeeper touch hello': 'runs',
  'podkeeper terminate hello': 'runs',
  'podkeeper with examples/hello.yaml -- sh -c \'curl -s "$PODKEEPER_ENDPOINT"\'': 'runs',
  'podkeeper doctor': { why: 'says by its exit code what is broken; test/cli/doctor.test.ts breaks it' },
  'TEMPORAL_ADDRESS=temporal.internal:7233 PODKEEPER_DEPLOYMENT=prod podkeeper worker': {
    why: 'runs until it is stopped; test/cli/worker.test.ts starts and stops it',
  },
};

const shown = ['README.md', 'docs/applications.md'].flatMap(namedBlocks);
const blocks = [...shown, ...namedBlocks('docs/writing-a-provider.md')];
const project = packedProject();
let server: DevServer;
beforeAll(async () => {
  server = await startDevServer();
  // What `podkeeper setup` does once for a Temporal: without it an application is told so.
  const connection = await Connection.connect({ address: server.address });
  await registerSearchAttributes(connection, 'default');
  await connection.close();
  project.write('server.cjs', RENDER_SERVER);
  chmodSync(project.write('bin/podkeeper', PODKEEPER), 0o755);
  for (const kind of MODULE_KINDS) project.write(join(kind, 'package.json'), packageJson(kind));
}, 120_000);
afterAll(async () => await server.kill());

/** What the programs rent. */
const RENDER_SERVER = `
  require('node:http').createServer((_, answer) => answer.end('rendered')).listen(process.env.PORT_8000, '127.0.0.1');
`;

const PODKEEPER = `#!/bin/sh
exec "${process.execPath}" "${join(project.podkeeper, 'dist', 'cli', 'main.js')}" "$@"
`;

test('it is known of each block and each command how it is proven', () => {
  const programs = shown.filter(({ language }) => language === 'ts').map(({ name }) => name);

  expect(programs).toEqual([README, APPLICATION, WORKFLOW, WORKER]);
  expect(shownCommands()).toEqual(Object.keys(COMMANDS));
});

describe.each(MODULE_KINDS)('as %s', (kind) => {
  const worker = ownWorker(kind);

  test("the README's program rents from the worker, and prints what its pod answers", async () => {
    const file = program(README, kind);
    const { code, stdout, stderr } = await worker.serves(project.node([file], { env: environment() }));

    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'rendered\n', stderr: '' });
  }, 120_000);

  test('the application rents from the worker', async () => {
    const file = program(APPLICATION, kind);
    const { code, stdout, stderr } = await worker.serves(project.node([file], { env: environment() }));

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^http:\/\/\S+$/m);
    expect(stdout).toMatch(/^released .*\d$/m);
  }, 120_000);

  test('the workflow rents, and uses what it has rented', async () => {
    const workflows = join(kind, 'workflows.js');
    project.write(workflows, transpile(codeOf(WORKFLOW), kind));
    const file = project.write('render.mjs', renderBy(join(project.directory, workflows)));
    const { code, stdout, stderr } = await worker.serves(project.node([file], { env: environment() }));

    expect(code === 0 ? '' : stderr).toBe('');
    expect(stdout.trim()).toMatch(/^rendered at http:\/\//);
  }, 120_000);
});

test.each(MODULE_KINDS)(
  "a provider of one's own is plugged into a worker (%s)",
  async (kind) => {
    for (const name of ['nimbusProvider', 'fakeNimbus']) {
      project.write(join(kind, `${name}.js`), transpile(read(`examples/own-provider/${name}.ts`), kind));
    }
    const worker = codeOf(PLUGGED_IN).replace(
      'createNimbusProvider()',
      'createNimbusProvider({ baseUrl: process.env.URL })',
    );
    project.write(join(kind, 'plugged.js'), transpileProgram(worker, kind));
    const file = project.write(join(kind, 'nimbus.js'), transpileProgram(rentFromNimbus(), kind));
    const { code, stdout, stderr } = await project.node([file]);

    expect(code === 0 ? '' : stderr).toBe('');
    expect(stdout.trim()).toBe('nimbus rented l4-24 for 0.5, and bills for 0 pods');
  },
  120_000,
);

describe('from the command line', () => {
  const worker = ownWorker('module');

  test('each command that ends by itself does what it says', async () => {
    const run = Object.keys(COMMANDS).filter((line) => COMMANDS[line] === 'runs');
    const answers = new Map<string, Outcome>();
    for (const line of run.filter((command) => !command.includes(' --follow'))) {
      // What follows a claim ends with it.
      const beside = line.includes(' terminate ') ? run.filter((command) => command.includes(' --follow')) : [];
      await worker.serves(
        Promise.all([...beside, line].map(async (command) => answers.set(command, await type(command)))),
      );
    }

    expect([...answers].filter(([, { code }]) => code !== 0)).toEqual([]);
    expect(run.filter((line) => answers.get(line)?.stdout.trim() === '')).toEqual([]);
    expect(run.map((line) => answers.get(line)?.stdout).join('')).toContain('hello from pk-prod');
  }, 120_000);
});

function codeOf(name: string): string {
  const block = blocks.find((candidate) => candidate.name === name);
  if (block === undefined) throw new Error(`there is no block ${name}`);
  return block.code
    .replaceAll('localhost:7233', server.address)
    .replaceAll(
      "'python3', '/srv/render/server.py'",
      `'${process.execPath}', '${join(project.directory, 'server.cjs')}'`,
    );
}

function program(name: string, kind: ModuleKind): string {
  return project.write(join(kind, `${name.replaceAll(/\W/g, '_')}.js`), transpileProgram(codeOf(name), kind));
}

/** Lines of the blocks without a language, less their comments. */
function shownCommands(): string[] {
  return shown
    .filter(({ language }) => language === '' || language === 'sh')
    .flatMap(({ code }) => code.split('\n'))
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '');
}

function environment(): NodeJS.ProcessEnv {
  return {
    PODKEEPER_DEPLOYMENT: 'prod',
    PODKEEPER_HOME: join(project.directory, 'home'),
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_CONFIG_FILE: join(project.directory, 'temporal.toml'),
    PATH: `${join(project.directory, 'bin')}:${process.env['PATH']}`,
  };
}

async function type(command: string): Promise<Outcome> {
  return await project.run('sh', ['-c', command], { directory: project.podkeeper, env: environment() });
}

/** The worker of the page on applications, in a process of its own, for the tests of a group. */
function ownWorker(kind: ModuleKind): { serves<T>(call: Promise<T>): Promise<T> } {
  let child: ChildProcessByStdio<null, null, Readable>;
  let ended: Promise<string>;
  beforeAll(() => {
    const env = { ...process.env, ...environment() };
    child = spawn(process.execPath, [program(WORKER, kind)], {
      cwd: project.directory,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    ended = text(child.stderr);
  });
  afterAll(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return {
    // Without a worker a call would wait for ever.
    serves: async (call) => {
      const gone = ended.then((stderr) => Promise.reject(new Error(`the worker has ended: ${stderr}`)));
      return await Promise.race([call, gone]);
    },
  };
}

/** Runs the worker of the page on writing a provider, against a fake of its cloud, and rents from it. */
function rentFromNimbus(): string {
  return `
    import { Client, Connection } from '@temporalio/client';
    import { Podkeeper } from 'podkeeper';
    import { TOKEN, startFakeNimbus } from './fakeNimbus.js';

    const fake = await startFakeNimbus();
    process.env.URL = fake.url;
    process.env.NIMBUS_TOKEN = TOKEN;
    void import('./plugged.js');
    const connection = await Connection.connect({ address: '${server.address}' });
    const podkeeper = new Podkeeper({ client: new Client({ connection }), deployment: 'prod' });
    const pod = await podkeeper.spawn({ provider: 'nimbus', gpu: 'l4', image: 'busybox:1.36' });
    await pod.healthy();
    await pod.terminate();
    const [rented] = fake.cloud.ledger.entries();
    const billing = fake.cloud.ledger.billing().length;
    console.log('nimbus rented ' + rented.gpu + ' for ' + rented.bills[0].hourlyPrice + ', and bills for ' + billing + ' pods');
    process.exit(0);
  `;
}

/** Runs the workflow of the page in a worker of the user's own. */
function renderBy(workflowsPath: string): string {
  return `
    import { Client, Connection } from '@temporalio/client';
    import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const connection = await NativeConnection.connect({ address: '${server.address}' });
    const worker = await Worker.create({
      connection,
      taskQueue: 'renders',
      workflowsPath: '${workflowsPath}',
      activities: { render: async (url) => (await (await fetch(url)).text()) + ' at ' + url },
    });
    const client = new Client({ connection: await Connection.connect({ address: '${server.address}' }) });
    const start = { taskQueue: 'renders', workflowId: 'render-' + Date.now(), args: ['7'] };
    console.log(await worker.runUntil(client.workflow.execute('renderScene', start)));
    await client.connection.close();
    await connection.close();
  `;
}
