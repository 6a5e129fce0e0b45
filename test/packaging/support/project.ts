import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../docs/markdown';
import { packedTarball } from './tarball';

/** What a process left behind. */
export interface Outcome {
  /** `null` when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A user's project with Podkeeper installed from its tarball, and all that this repository has installed. */
export interface Project {
  directory: string;
  /** Where the tarball was unpacked. */
  podkeeper: string;
  /** Writes a file and answers its path. */
  write(file: string, content: string): string;
  /** Runs a command in it, or in a directory below it. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs Node in it. */
  node(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs a program of its `node_modules/.bin`. */
  bin(name: string, args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Checks the types of files against those in the tarball; what the compiler says of them and of the tarball's. */
  typeCheck(files: readonly string[], options: Readonly<Record<string, unknown>>): Promise<string>;
}

/** How a command is run. */
export interface RunOptions {
  /** Default: the project's. */
  directory?: string;
  /** Added to the environment. */
  env?: NodeJS.ProcessEnv;
}

/** What a process may take before it counts as hanging, ms. */
const LIMIT_MS = 240_000;

/**
 * Makes a project for the tests of a file, and removes it after them.
 *
 * @param sdk a folder of packages from which Temporal's SDK is taken; default: this repository's
 */
export function packedProject(sdk?: string): Project {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-package-'));
  const podkeeper = join(directory, 'node_modules', 'podkeeper');
  beforeAll(() => install(directory, podkeeper, sdk));
  afterAll(() => {
    if (process.env['PODKEEPER_TEST_KEEP'] === undefined) rmSync(directory, { recursive: true, force: true });
  });

  const write = (file: string, content: string) => {
    const path = join(directory, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const run: Project['run'] = async (command, args, options = {}) =>
    await runToEnd(command, args, { directory, env: {}, ...options });
  const node: Project['node'] = async (args, options) => await run(process.execPath, args, options);
  const bin: Project['bin'] = async (name, args, options) =>
    await node([join(directory, 'node_modules', '.bin', name), ...args], options);
  return {
    directory,
    podkeeper,
    write,
    run,
    node,
    bin,
    async typeCheck(files, options) {
      const compilerOptions = {
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        target: 'es2023',
        types: ['node', 'jest'],
      };
      const config = { compilerOptions: { ...compilerOptions, ...options }, files };
      write('tsconfig.json', JSON.stringify(config));
      const { code, stdout, stderr } = await bin('tsc', ['-p', '.']);
      return code === 0 ? '' : ofThisProject(`${stdout}${stderr}`);
    },
  };
}

/** Less the errors, with the lines that go on about them, in packages that are linked in: those are the business of others. */
function ofThisProject(errors: string): string {
  return errors.replaceAll(/^\.\.\/.*\n(?: .*\n?)*/gm, '');
}

/** As npm would, less the network: the tarball unpacked, and the rest beside it. */
function install(directory: string, podkeeper: string, sdk: string | undefined): void {
  mkdirSync(podkeeper, { recursive: true });
  execFileSync('tar', ['-xzf', packedTarball(), '-C', podkeeper, '--strip-components=1']);
  const modules = join(directory, 'node_modules');
  if (sdk !== undefined) symlinkSync(join(sdk, '@temporalio'), join(modules, '@temporalio'));
  linkInstalled(modules);
}

/** Links each package that this repository has installed into a project's `node_modules`, unless another one is there. */
export function linkInstalled(modules: string): void {
  const installed = join(ROOT, 'node_modules');
  for (const name of readdirSync(installed).filter((entry) => entry !== '.cache')) {
    if (!existsSync(join(modules, name))) symlinkSync(join(installed, name), join(modules, name));
  }
}

async function runToEnd(command: string, args: readonly string[], options: Required<RunOptions>): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd: options.directory,
    env: { ...withoutOurs(process.env), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}

/** Neither jest's own variables nor what the user of this machine has set. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !/^(JEST_|NODE_|TEMPORAL_|PODKEEPER_|npm_)/.test(name) ||
      /^PODKEEPER_(TEMPORAL_CLI|CACHE|TEST_SERVER)$/.test(name),
  );
  return Object.fromEntries(kept);
}
