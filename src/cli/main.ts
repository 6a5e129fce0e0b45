#!/usr/bin/env node
import { run } from './program';

/** A closed pipe, as after `| head`, must not end the process before it has ended its pod. */
function ignore(): void {}

process.stdout.on('error', ignore);
process.stderr.on('error', ignore);

const { env, stdout, stderr, argv } = process;
void run(argv.slice(2), { env, cwd: process.cwd(), stdout, stderr }).then((exitCode) => {
  // `servers` sets `process.exitCode` itself.
  process.exit(exitCode === 0 ? (process.exitCode ?? 0) : exitCode);
});
