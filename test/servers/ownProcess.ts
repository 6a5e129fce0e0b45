import { spawn } from 'node:child_process';

// Starts the named command, prints its process id, and waits for its end.
const [, , command = '', ...args] = process.argv;
const { pid } = spawn(command, args, { stdio: 'ignore' });
process.stdout.write(`${pid}\n`);
