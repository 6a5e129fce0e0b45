import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { accountCalls, pollersOf, workflowTasks } from '../../client/pollers';
import type { Queue } from '../../client/pollers';
import { readIdentity } from '../../client/workerIdentity';
import { openSession } from '../session';
import { CliFailure } from '../failure';
import { loadStandaloneWorker } from '../onDemand';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import type { ReadyWorker } from '../standaloneWorker';
import { counted } from '../text';

interface WorkerCommandOptions extends SharedOptions {
  check?: boolean;
  strict?: boolean;
}

/** `podkeeper worker`: runs a worker until it is stopped. */
export function workerCommand(surroundings: CommandSurroundings): Command {
  return command('worker', 'run a worker until it is stopped; pods keep running without it', {
    json: 'print one JSON document when it is ready',
    examples: [
      ['podkeeper worker --deployment prod', 'runs until it is stopped'],
      ['podkeeper worker --check', 'exit code 0 if one polls'],
    ],
  })
    .option('--strict', 'refuse to start if pods could be left running, for rollouts that keep the old worker')
    .option('--check', 'only check whether a worker on this host polls, for health checks')
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
      `no worker on ${host} polls ${missing.join(', ')}: check the worker's log, or start one with 'podkeeper worker --deployment ${deployment}'`,
    );
  }
  const accounts = Object.keys(target.configuration.accounts);
  new Output(surroundings, options.json === true).result(
    { deployment, accounts, host },
    () => `a worker on ${host} serves deployment ${deployment}, ${namedAccounts(accounts)}`,
  );
}

async function work(options: WorkerCommandOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  await loadStandaloneWorker().runStandalone(
    {
      ...options,
      guards: options.strict === true ? 'refuse' : 'report',
      logLevel: options.debug === true ? 'DEBUG' : 'WARN',
      onReady: (worker) => {
        if (output.isJson) output.entry(worker, () => '');
        output.say(readyLine(worker));
      },
      onStopping: (signal) =>
        output.say(
          `${signal}: draining calls in flight, then stopping; pods keep running. Send it again to stop at once`,
        ),
    },
    surroundings,
  );
  output.say('worker stopped');
}

/** What a worker prints when it polls for tasks. */
function readyLine({ deployment, accounts, address, namespace }: ReadyWorker): string {
  return `worker ready: deployment ${deployment}, ${namedAccounts(accounts)}, Temporal ${address} (namespace ${namespace})`;
}

function namedAccounts(accounts: readonly string[]): string {
  return `${counted(accounts.length, 'account')} (${accounts.join(', ')})`;
}

/** The deployment and accounts that a worker serves. */
export interface Served {
  deployment: string;
  /** By account name. */
  accounts: Readonly<Record<string, unknown>>;
}

/** The task queues that no worker on a host polls. A killed worker still counts for a minute. */
async function queuesWithoutWorkerOn(host: string, client: Client, served: Served): Promise<string[]> {
  const polled = await Promise.all(
    queuesOf(served).map(async (queue) => {
      const pollers = await pollersOf(client, queue);
      return { queue: queue.queue, isServed: pollers.some((identity) => readIdentity(identity).host === host) };
    }),
  );
  return polled.filter(({ isServed }) => !isServed).map(({ queue }) => queue);
}

function queuesOf({ deployment, accounts }: Served): Queue[] {
  const lanes = Object.keys(accounts).flatMap((account) =>
    (['spend', 'keep'] as const).map((lane) => accountCalls(deployment, account, lane)),
  );
  return [workflowTasks(deployment), ...lanes];
}
