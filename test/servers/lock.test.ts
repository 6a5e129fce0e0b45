import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { takeAway, withLock } from '../../src/servers/lock';
import { startTypeScript } from '../support/typeScriptProcess';
import { temporaryDirectory } from './fakes';

const directory = temporaryDirectory();
const lock = (): string => join(directory(), 'some.lock');
const holdLock = join(__dirname, 'holdLock.ts');

function leaveLock(holder: { pid: number; host: string }): void {
  writeFileSync(lock(), JSON.stringify({ ...holder, token: 'old' }));
}

test('work never overlaps', async () => {
  const events: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    events.push(`${name} begins`);
    await new Promise(setImmediate);
    events.push(`${name} ends`);
  };
  await Promise.all(['a', 'b', 'c'].map((name) => withLock(lock(), work(name), { pollMs: 1 })));
  expect(events).toHaveLength(6);
  for (const index of [0, 2, 4]) {
    const name = events[index]?.[0];
    expect(events.slice(index, index + 2)).toEqual([`${name} begins`, `${name} ends`]);
  }
  expect(readdirSync(directory())).toEqual([]);
});

test('failed work releases it', async () => {
  await expect(withLock(lock(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(withLock(lock(), () => Promise.resolve('next'))).resolves.toBe('next');
});

test('waits for another process, and names it', async () => {
  const other = startTypeScript(holdLock, [lock()]);
  await other.nextLine();
  const waitedFor: number[] = [];
  let releasedByOther = false;
  const mine = withLock(lock(), () => Promise.resolve(releasedByOther), {
    pollMs: 5,
    onWait: (pid) => {
      waitedFor.push(pid);
      releasedByOther = true;
      other.child.stdin.end();
    },
  });
  expect(await mine).toBe(true);
  expect(waitedFor).toEqual([other.child.pid]);
  expect(await other.ended).toMatchObject({ code: 0 });
});

test('a killed process loses it at once', async () => {
  const other = startTypeScript(holdLock, [lock()]);
  await other.nextLine();
  other.child.kill('SIGKILL');
  await other.ended;
  expect(JSON.parse(readFileSync(lock(), 'utf8'))).toMatchObject({ pid: other.child.pid });

  const onWait = jest.fn();
  await expect(withLock(lock(), () => Promise.resolve('mine'), { onWait })).resolves.toBe('mine');
  expect(onWait).not.toHaveBeenCalled();
});

test('many waiters that find the same dead holder do not overlap', async () => {
  leaveLock({ pid: 2 ** 30, host: hostname() });
  let inside = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => withLock(lock(), work, { pollMs: 1 })));
});

test('a waiter that removes a dead lock too late puts the new one back', async () => {
  const dead = { pid: 2 ** 30, host: hostname(), token: 'old' };
  const after = await withLock(lock(), async () => {
    await takeAway(lock(), dead);
    return readFileSync(lock(), 'utf8');
  });
  expect(JSON.parse(after)).toMatchObject({ pid: process.pid });
  expect(readdirSync(directory())).toEqual([]);
});

test('a holder on another host loses it without heartbeats, and keeps it with them', async () => {
  leaveLock({ pid: 1, host: 'elsewhere' });
  const onWait = jest.fn(() => {
    const longAgo = new Date(Date.now() - 61_000);
    utimesSync(lock(), longAgo, longAgo);
  });
  await expect(withLock(lock(), () => Promise.resolve('mine'), { pollMs: 5, onWait })).resolves.toBe('mine');
  expect(onWait).toHaveBeenCalledTimes(1);
});

test('an invalid lock file is an error that says what to do', async () => {
  writeFileSync(lock(), 'text');
  await expect(withLock(lock(), () => Promise.resolve())).rejects.toThrow(/can't be read\. Delete it/);
});
