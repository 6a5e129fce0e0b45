import { hostname } from 'node:os';
import type { Command } from 'commander';
import { openSession } from '../connection';
import { CliFailure } from '../failure';
import { counted } from '../text';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { runStandalone } from '../standaloneWorker';
import type { ReadyWorker } from '../standaloneWorker';
import { queuesWithoutWorkerOn } from '../workers';

interface WorkerCommandOptions extends SharedOptions {
  check?: boolean;
  strict?: boolean;
}

/** `podkeeper worker`: runs a worker until it is stopped. */
export function workerCommand(surroundings: CommandSurroundings): Command {
  return command('worker', 'run a worker until it is stopped; pods outlive it', {
    json: 'print one JSON document when it is ready',
    examples: [
      ['podkeeper worker', 'of the deployment that is configured'],
      ['podkeeper worker --deployment prod --config /etc/podkeeper.yaml', 'says which, and by which file'],
      ['podkeeper worker --strict', 'for a deploy: refuses to start where pods would be left without an end'],
      ['podkeeper worker --check', 'for a health check: exit code 0 while one on this host takes tasks'],
    ],
  })
    .option(
      '--strict',
      'do not start where something would leave pods without an end, for deploys that keep the old worker',
    )
    .option('--check', 'start none: tell whether one on this host takes tasks, for health checks')
    .action((options: WorkerCommandOptions) =>
      options.check === true ? check(options, surroundings) : work(options, surroundings),
    );
}

async function check(options: SharedOptions, surroundings: CommandSurroundings): Promise<void> {
  const { client, target } = await openSession(options, surroundings);
  const host = hostname();
  const { deployment } = target.configuration;
  const missing = await queuesWithoutWorkerOn(host, client, target.configuration);
  if (missing.length > 0) {
    throw new CliFailure(
      'unreachable',
      `no worker on ${host} takes the tasks of ${missing.join(', ')}: look at its log, or start one with 'podkeeper worker --deployment ${deployment}'`,
    );
  }
  const accounts = Object.keys(target.configuration.accounts);
  new Output(surroundings, options.json === true).result(
    { deployment, accounts, host },
    () => `a worker on ${host} takes the tasks of deployment ${deployment}, ${namedAccounts(accounts)}`,
  );
}

async function work(options: WorkerCommandOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  await runStandalone(
    {
      ...options,
      guards: options.strict === true ? 'refuse' : 'report',
      logLevel: options.debug === true ? 'DEBUG' : 'WARN',
      onReady: (worker) => {
        if (output.isJson) output.entry(worker, () => '');
        output.say(readyLine(worker));
      },
      onStopping: (signal) =>
        output.say(`${signal}: stopping; draining calls in flight, pods live on (again to stop at once)`),
    },
    surroundings,
  );
  output.say('worker stopped');
}

/** What a worker says when it takes tasks. */
export function readyLine({ deployment, accounts, address, namespace }: ReadyWorker): string {
  return `worker ready: deployment ${deployment}, ${namedAccounts(accounts)}, Temporal ${address} (namespace ${namespace})`;
}

function namedAccounts(accounts: readonly string[]): string {
  return `${counted(accounts.length, 'account')} (${accounts.join(', ')})`;
}
