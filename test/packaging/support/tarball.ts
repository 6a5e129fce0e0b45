import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DIST, requireFreshBuild } from '../../support/e2eBuild';
import { ROOT } from '../../docs/markdown';

/** What npm puts into every package, whatever `files` says. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

/**
 * The package as it would be published, made of the build: the path of npm's tarball. As long as nothing in it has changed, the last one is as
 * good as a new one.
 */
export function packedTarball(): string {
  requireFreshBuild();
  const parent = join(ROOT, 'node_modules', '.cache', 'podkeeper-test');
  const directory = join(parent, `package-${digest()}`);
  if (!existsSync(directory)) {
    mkdirSync(parent, { recursive: true });
    removeOld(parent);
    // Another test file may be making the same one.
    const draft = `${directory}.${process.pid}`;
    mkdirSync(draft);
    pack(draft);
    try {
      renameSync(draft, directory);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(directory)) throw error;
    }
  }
  return join(directory, 'podkeeper.tgz');
}

function pack(directory: string): void {
  const stage = join(directory, 'stage');
  for (const entry of packedEntries()) {
    const from = entry === 'dist' ? DIST : join(ROOT, entry);
    if (existsSync(from)) cpSync(from, join(stage, entry), { recursive: true });
  }
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', stage, '--json', '--ignore-scripts', '--offline', '--pack-destination', directory], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ filename: string }];
  renameSync(join(directory, packed.filename), join(directory, 'podkeeper.tgz'));
  rmSync(stage, { recursive: true });
}

function packedEntries(): string[] {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
  return [...ALWAYS, ...files.filter((pattern) => !pattern.startsWith('!'))];
}

/** Of what the tarball is made from: names, sizes and times. */
function digest(): string {
  const hash = createHash('sha256').update(DIST);
  for (const entry of packedEntries()) {
    const path = entry === 'dist' ? DIST : join(ROOT, entry);
    for (const file of filesOf(path)) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .toSorted();
}

function removeOld(parent: string): void {
  const hourAgo = Date.now() - 3_600_000;
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith('package-'))) {
    const path = join(parent, name);
    if (statSync(path).mtimeMs < hourAgo) rmSync(path, { recursive: true, force: true });
  }
}
