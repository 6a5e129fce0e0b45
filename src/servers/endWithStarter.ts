import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/**
 * Ends a child process when this process ends, even if this one is killed. A small shell waits for the end of its stdin, which closes with this process,
 * so that it needs no polling and can't miss a signal. Does nothing on Windows.
 */
export function endWithThisProcess(pid: number, exited: Promise<unknown>): void {
  if (process.platform === 'win32') {
    return;
  }
  const script = 'read -r _; kill -TERM "$1" && sleep 5 && kill -KILL "$1"';
  const shell = spawn('sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A terminal sends Ctrl-C to the whole process group; the shell has to survive that.
    detached: true,
  });
  shell.on('error', ignore);
  shell.stdin.on('error', ignore);
  shell.unref();
  (shell.stdin as Socket).unref();
  void exited.then(() => shell.kill('SIGKILL'));
}

/** If the shell can't run, for instance without `sh`, the owner has to stop the child. */
function ignore(): void {}

/**
 * Writes an executable script that runs a command in the script's own directory, with the script's arguments. The command ends within about a second
 * of the process that started it. The SDK doesn't do that for its test servers: they survive a test process that crashes.
 */
export async function launchWithStarter(path: string, command: string[]): Promise<void> {
  const script = `#!/bin/sh
# Written by podkeeper. Starts Temporal's time-skipping test server and ends it with the process that started it.
cd "$(dirname "$0")" || exit 1
starter=$PPID
server=$$
parent() {
  if [ -r "/proc/$1/stat" ]; then cut -d ' ' -f 4 "/proc/$1/stat"; else ps -o ppid= -p "$1" | tr -d ' '; fi
}
(
  while [ "$(parent "$server")" = "$starter" ]; do sleep 1; done
  kill -0 "$starter" || kill -KILL "$server"
) </dev/null >/dev/null 2>&1 &
exec ${command.map(quote).join(' ')} "$@"
`;
  await writeFile(path, script, { mode: 0o755 });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
