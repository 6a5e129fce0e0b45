import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { packageDirectory } from '../../installation';
import { DEPLOYMENT_PATTERN, messageOf } from '../../model';
import { CliFailure, invalidUsage } from '../failure';
import { withExamples, withNotes } from '../help';
import { EXAMPLE_PORT, INIT_PROVIDERS, initFiles } from '../init/files';
import type { InitPlan, InitProvider } from '../init/files';
import { askFor, readDeployment } from '../init/questions';
import { parsePortNumber } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { programCall } from '../userContext';
import { quotedForShell } from '../text';

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

const NOTES = `On a terminal it asks for what the options leave open. Elsewhere, and with --yes, it uses the defaults:
the directory's name, the provider local, and an example server.`;

/** `podkeeper init`: writes starter files. */
export function initCommand(surroundings: CommandSurroundings): Command {
  const init = new Command('init')
    .description('write a worker configuration, a pod spec and an example application')
    .argument('[directory]', 'where to write them; created if missing', '.')
    .option('--deployment <name>', 'the deployment name: 1 to 8 of a-z and 0-9', parseDeployment)
    .addOption(new Option('--provider <name>', 'where to rent pods').choices(INIT_PROVIDERS))
    .option('--command <line>', 'shell command that the pod runs (default: an example server)')
    .option('--image <image>', 'container image (not for local)')
    .option('--port <port>', 'HTTP port of the pod', parsePortNumber)
    .option('--yes', "don't ask")
    .option('--force', 'overwrite existing files')
    .option('--json', "print one JSON document, and don't ask")
    .option('--debug', 'show the stack trace of an error')
    .action((directory: string, options: InitOptions) => run(directory, options, surroundings));
  return withNotes(
    withExamples(init, [
      ["podkeeper init render --yes --command 'python3 -m http.server $PORT' --port 8000", 'runs your command'],
      ['podkeeper init --provider runpod --image org/image:1 --port 8000 --yes', 'a pod at RunPod'],
    ]),
    NOTES,
  );
}

async function run(directory: string, options: InitOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const target = resolve(surroundings.cwd, directory);
  if (options.image !== undefined && (options.provider ?? 'local') === 'local') {
    throw invalidUsage(
      '--image: a local pod is a process and runs no image: remove --image, or pass a cloud as --provider',
    );
  }
  const files = initFiles(await planOf(target, options, output)).map((file) => ({
    ...file,
    path: join(target, file.name),
  }));
  const existing = files.filter(({ path }) => existsSync(path)).map(({ name }) => name);
  if (existing.length > 0 && options.force !== true) {
    const exist = existing.length === 1 ? 'exists' : 'exist';
    const message = `${existing.join(', ')} already ${exist} in ${target}, so nothing was written: add --force to overwrite`;
    throw new CliFailure('conflict', message);
  }
  try {
    mkdirSync(target, { recursive: true });
    for (const { path, text } of files) writeFileSync(path, text);
  } catch (error) {
    throw new CliFailure('failed', `the files can't be written to ${target}: ${messageOf(error)}`, { cause: error });
  }
  const next = nextCommands(target, surroundings);
  output.result({ directory: target, files: files.map(({ name }) => name), next }, () => summary(target, files, next));
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

/** Derived from the directory's name where possible. */
function deploymentFor(target: string): string {
  const name = basename(target)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 8);
  return DEPLOYMENT_PATTERN.test(name) ? name : 'dev';
}

/** Includes `npm install` for missing packages. */
function nextCommands(target: string, { cwd, env }: CommandSurroundings): string[] {
  const into = relative(cwd, target);
  const here = into === '' ? '' : `cd ${quoted(into)} && `;
  const missing = APPLICATION_NEEDS.filter((name) => !isInstalled(name, target));
  // By path: Podkeeper isn't on npm yet.
  if (!isInstalled('podkeeper', target)) missing.unshift(`--install-links ${quoted(packageDirectory())}`);
  const install = missing.length === 0 ? '' : `npm install ${missing.join(' ')} && `;
  const podkeeper = `${here}${programCall(env)}`;
  return [`${podkeeper} dev`, `${podkeeper} spawn pod.yaml --wait`, `${here}${install}node application.mjs`];
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : quotedForShell(path);
}

function isInstalled(name: string, target: string): boolean {
  try {
    createRequire(join(target, 'application.mjs')).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function summary(
  target: string,
  files: readonly { name: string }[],
  [dev = '', spawn = '', application = '']: string[],
): string {
  return [
    `wrote ${files.map(({ name }) => name).join(', ')} to ${target}`,
    'Next steps; run the first in its own terminal:',
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
