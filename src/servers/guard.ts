import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Ends a process of ours together with this one, even if this one is killed: a small shell waits for the end of
 * its stdin, which comes when we are gone. Needs no polling, and no signal skips it. On Windows it does nothing.
 */
export function endWithThisProcess(pid: number, exited: Promise<unknown>): void {
  if (process.platform === 'win32') {
    return;
  }
  const script = 'read -r _; kill -TERM "$1" && sleep 5 && kill -KILL "$1"';
  const guard = spawn('sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C in a terminal goes to the whole group; the guard has to outlive that.
    detached: true,
  });
  guard.on('error', ignore);
  guard.stdin.on('error', ignore);
  guard.unref();
  (guard.stdin as Socket).unref();
  void exited.then(() => guard.kill('SIGKILL'));
}

/** Without a guard, for instance where there is no `sh`, the server just has to be stopped by its owner. */
function ignore(): void {}
