import type { Command } from 'commander';
import { counted } from '../text';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { runStandalone } from '../standaloneWorker';
import type { ReadyWorker } from '../standaloneWorker';

/** `podkeeper worker`: runs a worker until it is stopped. */
export function workerCommand(surroundings: CommandSurroundings): Command {
  return command('worker', 'run a worker until it is stopped; pods outlive it', {
    json: 'print one JSON document when it is ready',
  }).action((options: SharedOptions) => work(options, surroundings));
}

async function work(options: SharedOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  await runStandalone(
    {
      ...options,
      logLevel: options.debug === true ? 'DEBUG' : 'WARN',
      onReady: (worker) => {
        if (output.isJson) output.entry(worker, () => '');
        output.say(readyLine(worker));
      },
      onStopping: (signal) =>
        output.say(`${signal}: stopping; calls in flight are heard out, pods live on (again to stop at once)`),
    },
    surroundings,
  );
  output.say('worker stopped');
}

/** What a worker says when it takes tasks. */
export function readyLine({ deployment, accounts, address, namespace }: ReadyWorker): string {
  const named = `${counted(accounts.length, 'account')} (${accounts.join(', ')})`;
  return `worker ready: deployment ${deployment}, ${named}, Temporal ${address} (namespace ${namespace})`;
}
