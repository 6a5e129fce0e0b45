import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { randomName } from '../../src/cli/devState';
import { killPods } from '../support/e2eProcessTable';
import { until } from '../support/until';
import { namedBlocks } from './support/codeBlocks';
import { packedProject } from './support/project';
import type { Outcome } from './support/project';

const PAGE = 'docs/getting-started.md';

/** Each line that a reader types, in the order of the page: it runs here, it goes on while others run, or it says why not. */
const COMMANDS: Record<string, 'runs' | 'goes on' | { why: string }> = {
  'git clone <the address of this repository> podkeeper': { why: 'this is a clone' },
  'cd podkeeper': { why: 'this is a clone' },
  'npm ci': { why: 'needs a registry' },
  'npm run demo': { why: 'test/cli/demo.test.ts runs the demo' },
  'mkdir ../my-pods && cd ../my-pods': { why: 'the folder of this test has another name' },
  'npm init --yes': { why: 'needs no proof' },
  'npm install --install-links ../podkeeper @temporalio/client @temporalio/worker @temporalio/activity @temporalio/envconfig yaml':
    {
      why: 'needs a registry; the tarball is unpacked here, and the others are beside it',
    },
  'npx podkeeper init --yes': 'runs',
  'npx podkeeper dev': 'goes on',
  'npx podkeeper spawn pod.yaml --id first --wait': 'runs',
  'npx podkeeper list': 'runs',
  'npx podkeeper plan greeter.yaml': 'runs',
  'npx podkeeper spawn greeter.yaml --wait': 'runs',
  'curl -s "$(npx podkeeper spawn greeter.yaml --wait | tail -n 1)"': 'runs',
  'npx podkeeper top': 'runs',
  'npx podkeeper get greeter': 'runs',
  'npx podkeeper logs first': 'runs',
  'npx podkeeper events greeter': 'runs',
  'npx podkeeper touch greeter': 'runs',
  'npx podkeeper terminate greeter': 'runs',
  'npx podkeeper terminate first': 'runs',
  'node application.mjs': 'runs',
  'export RUNPOD_API_KEY=…': { why: 'the fake cloud has a key of its own' },
  'npx podkeeper gpus --provider runpod --gpu rtx_4090': 'runs',
  'npx podkeeper plan gpu.yaml': 'runs',
  'npx podkeeper spawn gpu.yaml --wait': { why: 'test/cli/demo.test.ts rents on the fake cloud' },
  'npx podkeeper terminate gpu': { why: 'takes a minute; test/cli/demo.test.ts ends a pod there' },
  'npx podkeeper doctor': 'runs',
};

/** Which file a reader makes of a block. */
const FILES: Record<string, string> = {
  [`${PAGE}#6-a-spec-of-your-own`]: 'greeter.yaml',
  [`${PAGE}#a-real-cloud.3`]: 'gpu.yaml',
};

const blocks = namedBlocks(PAGE);
const lines = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ code }) => code.trim().split('\n'))
  .map((line) => line.replace(/\s+# .*$/, ''));
const project = packedProject();
// Its name becomes the deployment's: what is left of this test alone may be killed.
const deployment = `t${randomName(6)}`;
const directory = join(project.directory, deployment);
const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
  await killPods(deployment);
}, 60_000);

test('it is known of each line how it is proven', () => {
  expect([...new Set(lines)]).toEqual(Object.keys(COMMANDS));
});

test('the page’s lines, one after another, do what it says', async () => {
  chmodSync(project.write('bin/npx', NPX), 0o755);
  for (const { name, code } of blocks) {
    const file = FILES[name];
    if (file !== undefined) project.write(join(deployment, file), code);
  }
  const env = environment();
  const answers = new Map<string, Outcome>();
  let temporal: string | undefined;
  let stopDev = async () => {};
  for (const line of lines) {
    if (line.includes('gpus')) {
      // As the page says: the account in the file, the key in the environment, and `podkeeper dev` anew.
      Object.assign(env, await pretendCloud(env));
      project.write(join(deployment, 'podkeeper.yaml'), withAccount());
      await stopDev();
      await goingOn('npx podkeeper dev', env, /^Temporal +(\S+)/m);
    }
    if (COMMANDS[line] === 'goes on') {
      const [, address] = await goingOn(line, env, /^Temporal +(\S+)/m);
      temporal = address;
      [stopDev = stopDev] = ends;
    } else if (COMMANDS[line] === 'runs') {
      // The commands find `podkeeper dev` by themselves; the application has to be told, where the usual port was taken.
      const own = line.startsWith('node ') ? { TEMPORAL_ADDRESS: temporal } : {};
      answers.set(line, await project.run('sh', ['-c', line], { directory, env: { ...env, ...own } }));
    }
  }
  const said = (line: string) => answers.get(line)?.stdout ?? '';

  expect([...answers].filter(([, { code }]) => code !== 0)).toEqual([]);
  expect(said('npx podkeeper init --yes')).toContain('  npx podkeeper dev\n');
  expect(
    ['podkeeper.yaml', 'pod.yaml', 'application.mjs'].filter((file) => !existsSync(join(directory, file))),
  ).toEqual([]);
  expect(said('curl -s "$(npx podkeeper spawn greeter.yaml --wait | tail -n 1)"')).toBe('good morning');
  expect(said('npx podkeeper logs first')).toMatch(/^listening on \d+\n/);
  expect(said('npx podkeeper terminate greeter')).toMatch(/^phase +terminated \(released\)/m);
  expect(answers.get('npx podkeeper list')).toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('no open claims') as string,
  });
  expect(said('node application.mjs')).toMatch(/^claimed .*\nhealthy at .*\nthe pod is proven gone\n$/);
  expect(said('npx podkeeper plan gpu.yaml')).toMatch(/^price +\$\d/m);
}, 180_000);

/** As npm's: it runs a program of node_modules/.bin, and says so to it. */
const NPX = `#!/bin/sh
[ "$1" = podkeeper ] || exit 64
shift
npm_command=exec exec "${process.execPath}" "${join(project.podkeeper, 'dist', 'cli', 'main.js')}" "$@"
`;

function environment(): NodeJS.ProcessEnv {
  return {
    PODKEEPER_HOME: join(project.directory, 'home'),
    TEMPORAL_CONFIG_FILE: join(project.directory, 'temporal.toml'),
    PATH: `${join(project.directory, 'bin')}:${process.env['PATH']}`,
  };
}

/** The configuration that the page has for a real cloud, for this deployment. */
function withAccount(): string {
  const { code = '' } = blocks.find(({ name }) => name === `${PAGE}#a-real-cloud`) ?? {};
  return code.replace(/^deployment: .*$/m, `deployment: ${deployment}`);
}

/** Starts what runs until it is stopped, and waits until it has said something. */
async function goingOn(line: string, env: NodeJS.ProcessEnv, expected: RegExp): Promise<RegExpExecArray> {
  const child = spawn('sh', ['-c', `exec ${line}`], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  ends.unshift(async () => {
    child.kill('SIGINT');
    await ended;
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  await until(`'${line}' says ${expected}`, () => expected.test(said), 60_000).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${said}`);
  });
  const found = expected.exec(said);
  if (found === null) throw new Error(said);
  return found;
}

/** What the fake cloud prints to be pasted. */
async function pretendCloud(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const { input } = await goingOn('npx podkeeper fake-cloud', env, /(?:^export .*\n){4}/m);
  return Object.fromEntries([...input.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]));
}
