import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomName } from '../../src/cli/devState';
import { initFiles } from '../../src/cli/init/files';
import type { InitPlan } from '../../src/cli/init/files';
import { DEFAULT_SETTINGS } from '../../src/model';
import { loadConfiguration, loadSpecFile, parsePodSpec } from '../../src/schema';
import { ROOT } from '../docs/markdown';
import { DIST, requireFreshBuild } from '../support/e2eBuild';
import { killPods } from '../support/e2eProcessTable';
import { until } from '../support/until';
import { cliEnvironment, endStarted, firstDocument, ownDirectory, runCli, startCli } from './support/cli';
import { podkeeper } from './support/inProcess';

const home = ownDirectory();
const env = cliEnvironment(home.path);
const deployment = `t${randomName(6)}`;
const FILES = ['application.mjs', 'pod.yaml', 'podkeeper.yaml'];
beforeAll(requireFreshBuild);
afterAll(async () => {
  await endStarted();
  await killPods(deployment);
}, 60_000);

const emptyDirectory = () => mkdtempSync(join(home.path, 'project-'));

test('the files that init writes run: dev server, spawn, and the application', async () => {
  const directory = emptyDirectory();
  const made = await runCli(['init', '--yes', '--deployment', deployment], env, directory);
  expect(made.code).toBe(0);
  expect(readdirSync(directory).toSorted()).toEqual(FILES);
  const [dev = '', spawned = '', application = ''] = made.stdout.trim().split('\n').slice(2);
  expect([dev, spawned].map((line) => line.trim())).toEqual(['podkeeper dev', 'podkeeper spawn pod.yaml --wait']);
  expect(application).toMatch(
    /^ +npm install --install-links \S+ @temporalio\/client \S+ yaml && node application\.mjs$/,
  );

  // Like npm, without the network.
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules', 'podkeeper'));
  for (const name of ['@temporalio', 'yaml']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
  }
  const facts = await firstDocument(startCli([...wordsOf(dev), '--json'], env, directory), 60_000);
  const healthy = await runCli([...wordsOf(spawned), '--id', 'first'], env, directory);
  expect(healthy).toMatchObject({ code: 0 });
  expect(await (await fetch(healthy.stdout.split('\n')[1] ?? '')).text()).toMatch(/^answer \d+ of pk-/);
  expect((await runCli(['logs', 'first'], env, directory)).stdout).toMatch(/^listening on \d+\n$/);
  expect((await runCli(['terminate', 'first'], env, directory)).code).toBe(0);

  const child = spawn(process.execPath, ['application.mjs'], {
    cwd: directory,
    env: { ...env, TEMPORAL_ADDRESS: String(facts['address']) },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(said).toMatch(/^claimed pod-\S+\nhealthy at http:\S+: 200 answer \d+ of pk-\S+\nthe pod is proven gone\n$/);
  expect(code).toBe(0);
}, 180_000);

function wordsOf(line: string): string[] {
  return line.trim().split(' ').slice(1);
}

const PLANS: [what: string, plan: InitPlan][] = [
  ['the defaults', plan({})],
  ['a command without a port', plan({ command: "echo 'it is: #1' && sleep 60", port: null })],
  ['a command with a port', plan({ command: 'python3 -m http.server $PORT', port: 80 })],
  ['an example at RunPod', plan({ provider: 'runpod' })],
  ['an image at RunPod', plan({ provider: 'runpod', image: 'org/image:1', port: null })],
  ['a name that YAML could take for a number', plan({ deployment: '123' })],
  ['a name that YAML could take for a word of its own', plan({ deployment: 'null' })],
];

function plan(changes: Partial<InitPlan>): InitPlan {
  return { deployment: 'prod', provider: 'local', command: null, image: null, port: 8_000, ...changes };
}

test.each(PLANS)('the files for %s are a valid configuration, spec and program', (_what, made) => {
  const directory = emptyDirectory();
  for (const { name, text } of initFiles(made)) writeFileSync(join(directory, name), text);
  const configuration = loadConfiguration({ env: {}, cwd: directory, hostname: 'host' });
  const { spec } = parsePodSpec(loadSpecFile(join(directory, 'pod.yaml')));

  expect(configuration.deployment).toBe(made.deployment);
  expect(configuration.settings).toEqual({ ...DEFAULT_SETTINGS, maxLifetimeMs: 3_600_000 });
  expect(Object.values(configuration.accounts).map(({ provider }) => provider)).toEqual([made.provider]);
  expect(spec).toMatchObject({ provider: made.provider, image: made.provider === 'local' ? null : expect.any(String) });
  expect(spec.ports.map(({ port }) => port)).toEqual(made.port === null ? [] : [made.port]);
  if (made.command !== null) expect(spec.command).toEqual(['sh', '-c', made.command]);
  execFileSync(process.execPath, ['--check', join(directory, 'application.mjs')]);
});

test('init overwrites files only with --force', async () => {
  const directory = emptyDirectory();
  writeFileSync(join(directory, 'pod.yaml'), 'mine');
  const refused = await podkeeper(['init', directory, '--yes']);
  expect(refused).toMatchObject({ code: 5, stdout: '' });
  expect(refused.stderr).toContain(`pod.yaml already exists in ${directory}, so nothing was written`);
  expect(readdirSync(directory)).toEqual(['pod.yaml']);

  expect((await podkeeper(['init', directory, '--yes', '--force'])).code).toBe(0);
  expect(readFileSync(join(directory, 'pod.yaml'), 'utf8')).not.toBe('mine');
});

test('a missing directory is created and names the deployment; the printed commands enter it', async () => {
  const { code, stdout } = await podkeeper(['init', "it's Render-Farm 2", '--json'], {}, home.path);
  const made = JSON.parse(stdout) as { directory: string; next: string[] };

  expect(code).toBe(0);
  expect(readFileSync(join(made.directory, 'podkeeper.yaml'), 'utf8')).toContain('deployment: itsrende');
  expect(made.next[0]).toBe(String.raw`cd 'it'\''s Render-Farm 2' && podkeeper dev`);
});

test('init called by npx prints commands with npx', async () => {
  const { stdout } = await podkeeper(['init', emptyDirectory(), '--json'], { npm_command: 'exec' });
  const { next } = JSON.parse(stdout) as { next: string[] };

  expect(next.slice(0, 2).map((line) => / && (.*podkeeper \w+)/.exec(line)?.[1])).toEqual([
    'npx podkeeper dev',
    'npx podkeeper spawn',
  ]);
});

test.each([
  [['--deployment', 'Too_Long_Name'], 'It must be 1 to 8 of a-z and 0-9'],
  [['--provider', 'azure'], 'Allowed choices are local, runpod'],
  [['--image', 'org/image'], 'a local pod is a process and runs no image'],
  [['--port', '0'], 'It must be a port'],
])('%j is refused, and nothing is written', async (args, message) => {
  const directory = emptyDirectory();
  const { code, stderr } = await podkeeper(['init', directory, ...args]);

  expect({ code, files: readdirSync(directory) }).toEqual({ code: 2, files: [] });
  expect(stderr).toContain(message);
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;
const terminalTest = hasTerminal ? test : test.skip;
const why = hasTerminal ? '' : " (skipped: there is no util-linux 'script' on this machine)";

/** Types answers at a terminal, each after its question. */
async function answering(directory: string, answers: [question: string, answer: string][]): Promise<string> {
  const line = `'${process.execPath}' '${join(DIST, 'cli', 'main.js')}' init; echo "ended with $?"`;
  const terminal = spawn('script', ['-qec', line, '/dev/null'], { env, cwd: directory });
  let shown = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  const ended = once(terminal, 'exit');
  try {
    let answered = 0;
    for (const [question, answer] of answers) {
      await until(`it asks '${question}'`, () => shown.slice(answered).includes(question), 30_000);
      answered = shown.length;
      terminal.stdin.write(answer);
    }
    await ended;
    return shown;
  } finally {
    terminal.kill();
  }
}

terminalTest(`init asks on a terminal, and repeats a question after an invalid answer${why}`, async () => {
  const directory = emptyDirectory();
  const shown = await answering(directory, [
    ['Deployment', 'Not One\r'],
    ['Deployment', 'ada\r'],
    ['Provider', '\r'],
    ['Command', 'sleep 60\r'],
    ['HTTP port', '\r'],
  ]);

  expect(shown).toContain('ended with 0');
  expect(readFileSync(join(directory, 'podkeeper.yaml'), 'utf8')).toContain('deployment: ada');
  const { spec } = parsePodSpec(loadSpecFile(join(directory, 'pod.yaml')));
  expect(spec).toMatchObject({ command: ['sh', '-c', 'sleep 60'], ports: [] });
});

terminalTest(`Ctrl-C at a question writes nothing${why}`, async () => {
  const directory = emptyDirectory();
  const shown = await answering(directory, [['Deployment', '\u0003']]);

  expect(shown).toContain('stopped; nothing was written');
  expect(shown).toContain('ended with 130');
  expect(readdirSync(directory)).toEqual([]);
});
