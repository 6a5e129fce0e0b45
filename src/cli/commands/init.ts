import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { packageDirectory } from '../../installation';
import { DEPLOYMENT_PATTERN, messageOf } from '../../model';
import { CliFailure } from '../failure';
import { withExamples, withNotes } from '../help';
import { initFiles } from '../init/files';
import { EXAMPLE_PORT, INIT_PROVIDERS } from '../init/plan';
import type { InitPlan, InitProvider } from '../init/plan';
import { askFor, readDeployment } from '../init/questions';
import { parsePortNumber } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { programCall } from '../programCall';

interface InitOptions {
  deployment?: string;
  provider?: InitProvider;
  command?: string;
  image?: string;
  port?: number;
  yes?: boolean;
  force?: boolean;
  json?: boolean;
}

/** What the example application imports. */
const APPLICATION_NEEDS = ['@temporalio/client', '@temporalio/envconfig', 'yaml'];

const NOTES = `On a terminal it asks for what the options leave open; elsewhere, and with --yes, it takes the defaults:
the deployment is named after the directory, the provider is local, and an example server runs.`;

/** `podkeeper init`: the files to begin with. */
export function initCommand(surroundings: CommandSurroundings): Command {
  const init = new Command('init')
    .description("write a worker's configuration, a pod's spec and an example application to begin with")
    .argument('[directory]', 'where to; it is made where it is missing', '.')
    .option('--deployment <name>', 'the name of the installation: 1 to 8 of a-z and 0-9', parseDeployment)
    .addOption(new Option('--provider <name>', 'where pods are rented').choices(INIT_PROVIDERS))
    .option('--command <line>', 'what the pod runs, by a shell (default: an example server)')
    .option('--image <image>', 'the container image (not with the provider local)')
    .option('--port <port>', 'the HTTP port that it listens on', parsePortNumber)
    .option('--yes', "don't ask")
    .option('--force', 'write over files that are there')
    .option('--json', 'print one JSON document, and ask nothing')
    .option('--debug', 'show where an error came from')
    .action((directory: string, options: InitOptions) => run(directory, options, surroundings));
  return withNotes(
    withExamples(init, [
      ['podkeeper init', 'asks a little, and writes three files here'],
      ["podkeeper init render --yes --command 'python3 -m http.server $PORT' --port 8000", 'what the pod is to run'],
      ['podkeeper init --provider runpod --image org/image:1 --port 8000 --yes', 'a pod at RunPod'],
    ]),
    NOTES,
  );
}

async function run(directory: string, options: InitOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const target = resolve(surroundings.cwd, directory);
  if (options.image !== undefined && (options.provider ?? 'local') === 'local') {
    throw refused('--image: a local pod is a process, and runs no image: leave it out, or name a cloud by --provider');
  }
  const files = initFiles(await planOf(target, options, output)).map((file) => ({
    ...file,
    path: join(target, file.name),
  }));
  const inTheWay = files.filter(({ path }) => existsSync(path)).map(({ name }) => name);
  if (inTheWay.length > 0 && options.force !== true) {
    const are = inTheWay.length === 1 ? 'is' : 'are';
    const message = `${inTheWay.join(', ')} ${are} there already in ${target}: nothing was written; --force writes over`;
    throw new CliFailure('conflict', message);
  }
  try {
    mkdirSync(target, { recursive: true });
    for (const { path, text } of files) writeFileSync(path, text);
  } catch (error) {
    throw new CliFailure('failed', `the files can't be written to ${target}: ${messageOf(error)}`, { cause: error });
  }
  const next = nextCommands(target, surroundings);
  output.result({ directory: target, files: files.map(({ name }) => name), next }, () => told(target, files, next));
}

async function planOf(target: string, options: InitOptions, { isJson }: Output): Promise<InitPlan> {
  const { deployment, provider, command, image, port } = options;
  const isExample = command === undefined && image === undefined;
  const defaults: InitPlan = {
    deployment: deployment ?? deploymentFor(target),
    provider: provider ?? 'local',
    command: command ?? null,
    image: image ?? null,
    port: port ?? (isExample ? EXAMPLE_PORT : null),
  };
  const isAsked = options.yes !== true && !isJson && process.stdin.isTTY && process.stderr.isTTY;
  return isAsked ? await askFor({ deployment, provider, command, image, port }, defaults) : defaults;
}

/** After the directory, as far as that can be. */
function deploymentFor(target: string): string {
  const name = basename(target)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 8);
  return DEPLOYMENT_PATTERN.test(name) ? name : 'dev';
}

/** With what has to be installed before the application runs, where it isn't. */
function nextCommands(target: string, { cwd, env }: CommandSurroundings): string[] {
  const into = relative(cwd, target);
  const here = into === '' ? '' : `cd ${quoted(into)} && `;
  const missing = APPLICATION_NEEDS.filter((name) => !isInstalled(name, target));
  // By its path: Podkeeper isn't on npm yet.
  if (!isInstalled('podkeeper', target)) missing.unshift(`--install-links ${quoted(packageDirectory())}`);
  const install = missing.length === 0 ? '' : `npm install ${missing.join(' ')} && `;
  const podkeeper = `${here}${programCall(env)}`;
  return [`${podkeeper} dev`, `${podkeeper} spawn pod.yaml --wait`, `${here}${install}node application.mjs`];
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

function isInstalled(name: string, target: string): boolean {
  try {
    createRequire(join(target, 'application.mjs')).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function told(
  target: string,
  files: readonly { name: string }[],
  [dev = '', spawn = '', application = '']: string[],
): string {
  return [
    `wrote ${files.map(({ name }) => name).join(', ')} to ${target}`,
    'Next, the first in a terminal of its own:',
    `  ${dev}`,
    `  ${spawn}`,
    `  ${application}`,
  ].join('\n');
}

function parseDeployment(text: string): string {
  const deployment = readDeployment(text);
  if (deployment === undefined)
    throw new InvalidArgumentError("It must be 1 to 8 of a-z and 0-9, for instance 'prod'.");
  return deployment;
}

function refused(message: string): CliFailure {
  return new CliFailure('usage', message, { kind: 'validation' });
}
