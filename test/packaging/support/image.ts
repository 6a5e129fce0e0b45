import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../docs/markdown';
import { dockerfileStages, instructionsOf, isDockerIgnored } from './dockerfile';
import type { Instruction, Stage } from './dockerfile';
import type { Outcome } from './project';

/** What the Dockerfile makes, in a folder of this machine instead of an image. */
export interface Image {
  /** What is its WORKDIR. */
  directory: string;
  /** A directory that the image's user may write to. */
  home: string;
  /** The command that the image runs, or another one, as its user. */
  start(env: Record<string, string>, command?: readonly string[]): Running;
  remove(): void;
}

/** A process of an {@link Image}. */
export interface Running {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Outcome>;
}

/** The uid of the user `node` in Node's images. */
const NODE_UID = 1_000;

/**
 * Does what stands in the Dockerfile, one instruction after the other. Two things are done in another way, since they need the network: this repository's
 * node_modules take the place of `npm ci`, and no package of Debian is installed. Where the tests run as root, the image's user is another one.
 */
export function buildImage(): Image {
  const root = mkdtempSync(join(tmpdir(), 'podkeeper-image-'));
  // As in an image: its user may read what root has put there.
  chmodSync(root, 0o755);
  const stages = dockerfileStages();
  for (const stage of stages) perform(stage, root);
  const last = stages.at(-1);
  const directory = directoryOf(root, last);
  const home = join(root, 'home');
  mkdirSync(home);
  const asNode = process.getuid?.() === 0 ? { uid: NODE_UID, gid: NODE_UID } : {};
  if (asNode.uid !== undefined) chownSync(home, asNode.uid, asNode.gid);
  const [{ args: defaultCommand }] = instructionsOf(last, 'CMD') as [Instruction];

  return {
    directory,
    home,
    start(env, [program = '', ...args] = defaultCommand) {
      const child = spawn('/usr/bin/env', [program, ...args], {
        ...asNode,
        cwd: directory,
        env: { HOME: home, ...environmentOf(last, directory), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
        ([stdout, stderr, [code]]): Outcome => ({ code: code as number | null, stdout, stderr }),
      );
      return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), ended };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function directoryOf(root: string, stage: Stage | undefined): string {
  return join(root, stage?.name ?? 'image');
}

function perform(stage: Stage, root: string): void {
  const directory = directoryOf(root, stage);
  mkdirSync(directory);
  for (const { word, args, options, text } of stage.instructions) {
    if (word === 'COPY') copy(args, directory, options['from'] === undefined ? undefined : join(root, options['from']));
    if (word === 'RUN') run(text, directory);
  }
}

function copy(args: readonly string[], directory: string, stage: string | undefined): void {
  const target = args.at(-1) ?? '';
  for (const source of args.slice(0, -1)) {
    const name = stage === undefined ? source.replace(/\/$/, '') : basename(source);
    if (stage === undefined && isDockerIgnored(name)) throw new Error(`COPY ${source}: .dockerignore keeps it out`);
    const from = join(stage ?? ROOT, name);
    const to = join(directory, target, statSync(from).isDirectory() ? '' : name);
    if (stage === undefined) cpSync(from, to, { recursive: true });
    else link(from, to);
  }
}

function run(command: string, directory: string): void {
  if (command.startsWith('apt-get ')) return;
  if (command.startsWith('npm ci')) {
    link(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    // npm writes this one in its place: another link to the repository's own must not change with it.
    rmSync(join(directory, 'node_modules', '.package-lock.json'));
    return;
  }
  execFileSync('sh', ['-c', command], {
    cwd: directory,
    env: { ...process.env, npm_config_offline: 'true' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** A copy that shares the files where the file system can: whoever then removes one removes its own. */
function link(from: string, to: string): void {
  const target = to.replace(/\/$/, '');
  mkdirSync(dirname(target), { recursive: true });
  try {
    execFileSync('cp', ['-al', from, target], { stdio: 'ignore' });
  } catch {
    if (existsSync(target)) rmSync(target, { recursive: true });
    execFileSync('cp', ['-a', from, target]);
  }
}

/** The ENVs of a stage, and a PATH in which Node is found. */
function environmentOf(stage: Stage | undefined, directory: string): Record<string, string> {
  const env: Record<string, string> = { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin` };
  const [workdir] = instructionsOf(stage, 'WORKDIR');
  for (const { text } of instructionsOf(stage, 'ENV')) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(text) ?? [];
    env[name] = value.replace(`$${name}`, env[name] ?? '').replace(workdir?.text ?? '', directory);
  }
  return env;
}
