#!/usr/bin/env node
import { run } from './program';

/** A reader that went away, such as `head`, is no reason to leave a pod behind. */
function ignore(): void {}

process.stdout.on('error', ignore);
process.stderr.on('error', ignore);

const { env, stdout, stderr, argv } = process;
void run(argv.slice(2), { env, cwd: process.cwd(), stdout, stderr }).then((exitCode) => {
  // `servers` sets it by itself.
  process.exit(exitCode === 0 ? (process.exitCode ?? 0) : exitCode);
});
