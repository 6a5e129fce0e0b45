import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isExecutableFile } from './command';
import type { InstallWay, ServerKind } from './kinds';

/** The record of an installation, `server.json` in its directory. */
export interface InstalledServer {
  way: InstallWay;
  /** The executable's name within the directory. */
  executable: string;
  version?: string;
  /** Executables outside of the cache that it needs, for instance Java. */
  needs?: string[];
}

const RECORD = 'server.json';
const PARTIAL = 'partial-';

/**
 * Podkeeper's cache directory: `$PODKEEPER_CACHE`, else `$XDG_CACHE_HOME/podkeeper`, else `~/.cache/podkeeper`
 * (macOS: `~/Library/Caches/podkeeper`).
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.PODKEEPER_CACHE) {
    return environment.PODKEEPER_CACHE;
  }
  if (environment.XDG_CACHE_HOME) {
    return join(environment.XDG_CACHE_HOME, 'podkeeper');
  }
  const home = environment.HOME || homedir();
  return process.platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'podkeeper')
    : join(home, '.cache', 'podkeeper');
}

/** Has the installations of one kind, each in a directory named by its origin, for instance `go-v1.5.1`. */
export function kindDirectory(cache: string, kind: ServerKind): string {
  return join(cache, 'servers', kind);
}

/** The installation in a directory; `undefined` if it is incomplete or something that it needs is gone. */
export async function readInstalled(directory: string): Promise<(InstalledServer & { path: string }) | undefined> {
  let installed: InstalledServer;
  try {
    installed = JSON.parse(await readFile(join(directory, RECORD), 'utf8')) as InstalledServer;
  } catch {
    return undefined;
  }
  const path = join(directory, installed.executable);
  for (const executable of [path, ...(installed.needs ?? [])]) {
    if (!(await isExecutableFile(executable))) {
      return undefined;
    }
  }
  return { ...installed, path };
}

/**
 * Builds in a temporary directory and renames it when it is complete, so that an incomplete server is never found. Removes what interrupted builds left.
 * The caller holds the kind's lock.
 */
export async function installAtomically(
  parent: string,
  origin: string,
  build: (directory: string) => Promise<InstalledServer>,
): Promise<InstalledServer & { path: string }> {
  await mkdir(parent, { recursive: true });
  await removePartials(parent);
  const partial = await mkdtemp(join(parent, PARTIAL));
  const target = join(parent, origin);
  try {
    const installed = await build(partial);
    await writeFile(join(partial, RECORD), `${JSON.stringify(installed, undefined, 2)}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
    return { ...installed, path: join(target, installed.executable) };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function removePartials(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(PARTIAL)) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}
