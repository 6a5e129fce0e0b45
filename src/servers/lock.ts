import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../model/systemError';

/** The contents of a lock file. */
export interface LockHolder {
  pid: number;
  host: string;
  token: string;
}

export interface LockOptions {
  /** Called once if another process holds the lock, with its process id. */
  onWait?: (pid: number) => void;
  /** Time between two attempts, ms. Default 250. */
  pollMs?: number;
  /** Time without a heartbeat after which a holder counts as dead, ms. Default 60 s. */
  silentMs?: number;
}

const HEARTBEAT_MS = 10_000;

/**
 * Runs the work while holding the lock file. On the same host, a dead holder is noticed at once (its process is gone), else after `silentMs` (its
 * process id was reused, or the cache is on a shared disk).
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const token = await acquire(path, options);
  const heartbeat = setInterval(() => void touch(path), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await release(path, token);
  }
}

async function acquire(path: string, { onWait, pollMs = 250, silentMs = 60_000 }: LockOptions): Promise<string> {
  const me: LockHolder = { pid: process.pid, host: hostname(), token: randomUUID() };
  await mkdir(dirname(path), { recursive: true });
  let isReported = false;
  while (!(await create(path, me))) {
    const holder = await readHolder(path);
    if (holder === undefined) {
      continue;
    }
    if (await isDead(path, holder, silentMs)) {
      await takeAway(path, holder);
      continue;
    }
    if (!isReported) {
      isReported = true;
      onWait?.(holder.pid);
    }
    await delay(pollMs);
  }
  return me.token;
}

/** Writes another file first and links it, so that a lock file is never read half-written. */
async function create(path: string, holder: LockHolder): Promise<boolean> {
  const draft = `${path}.${holder.token}`;
  await writeFile(draft, JSON.stringify(holder));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockHolder;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw new Error(`The lock file ${path} can't be read. Delete it if no installation is running.`, { cause: error });
  }
}

async function isDead(path: string, holder: LockHolder, silentMs: number): Promise<boolean> {
  if (holder.host === hostname() && !isRunning(holder.pid)) {
    return true;
  }
  try {
    return Date.now() - (await stat(path)).mtimeMs > silentMs;
  } catch {
    // Released since: the next attempt to create the file decides.
    return false;
  }
}

/** Whether a process runs, of any user. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Removes the lock of a dead holder. Two waiters can find the same one, and the slower of them would remove the new lock of the quicker. A rename is
 * atomic: the slower one sees whose lock it took, and puts it back.
 */
export async function takeAway(path: string, dead: LockHolder): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = await readHolder(aside);
  if (taken?.token !== dead.token) {
    await link(aside, path).catch(() => undefined);
  }
  await rm(aside, { force: true });
}

async function release(path: string, token: string): Promise<void> {
  const holder = await readHolder(path).catch(() => undefined);
  if (holder?.token === token) {
    await rm(path, { force: true });
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}
