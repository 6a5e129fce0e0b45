import { findServer } from '../../src/servers';
import { runCommand } from '../../src/servers/command';

// Prints the dev server it finds. The SDK's download is left out: a test must not load 100 MB.
void findServer('dev', {
  run: (command, args, options) =>
    command === process.execPath ? Promise.reject(new Error('left out')) : runCommand(command, args, options),
}).then((found) => process.stdout.write(`${JSON.stringify(found)}\n`));
