import { writeFile } from 'node:fs/promises';

/**
 * Writes an executable script that runs a command, in the script's own directory and with the script's arguments.
 * The SDK starts test servers without owning them: they outlive a test process that crashes. This one ends within
 * about a second of the process that started it.
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
