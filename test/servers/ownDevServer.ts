import { startDevServer } from '../../src/servers';

// Starts a dev server, prints its process id, and waits for the end.
void startDevServer().then(({ pid }) => process.stdout.write(`${pid}\n`));
