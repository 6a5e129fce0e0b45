import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { Account } from './accounts';
import { createPodActivities, planeOf, secretsFrom } from './activities';
import type { SecretSource } from './activities';
import { isClosed } from './client/workflowStatus';
import { PodkeeperError, accountQueue, messageOf, workflowQueue } from './model';
import type { CreateInput, PodActivities, Settings } from './model';
import type { Provider } from './providers/contract';
import { createProvider } from './providers/registry';
import type { AccountConfiguration } from './providers/registry';

export { createPodActivities } from './activities';
export type { ActivityDependencies, SecretSource } from './activities';
export { loadConfiguration } from './schema';
export type { Configuration } from './schema';
export type { AccountConfiguration } from './providers/registry';

/** What a {@link PodkeeperWorker} is made of. */
export interface PodkeeperWorkerOptions {
  /** A connection to Temporal; it stays yours to close. */
  connection: NativeConnection;
  /** Default `default`. */
  namespace?: string;
  /** 1–8 characters a–z, 0–9; the same as its clients'. */
  deployment: string;
  /** By account name: a configuration, or a provider of your own. At least one. */
  accounts: Readonly<Record<string, AccountConfiguration | Provider>>;
  settings: Settings;
  /** Where secrets come from. Default: `PODKEEPER_SECRET_…` in this process's environment. */
  secrets?: SecretSource;
  /** The same as the clients', payload codecs included. */
  dataConverter?: DataConverter;
  /** Default: the bundle that the package ships. */
  workflowBundle?: { codePath: string };
}

/** Creates in flight at once, for each account and worker. */
const SPEND_SLOTS = 20;
/** Looks and ends in flight at once, for each account and worker; each holds its slot only while it asks. */
const KEEP_SLOTS = 100;
/** How long a workflow waits for the worker that has it in memory before any other may take it: what a lost worker costs. The SDK's default is 10 s. */
const STICKY_WAIT_MS = 5_000;
/** About 0.4 MiB of memory each. */
const CACHED_WORKFLOWS = 500;

/** Podkeeper's Temporal workers for one deployment: one for its workflows, two for each account. */
export class PodkeeperWorker {
  private readonly workers: Worker[];
  private readonly accounts: Account[];

  private constructor(workers: Worker[], accounts: Account[]) {
    this.workers = workers;
    this.accounts = accounts;
  }

  /** @throws PodkeeperError `validation` when the namespace doesn't exist or the bundle is missing. */
  static async create(options: PodkeeperWorkerOptions): Promise<PodkeeperWorker> {
    const { connection, deployment, settings, namespace = 'default' } = options;
    const accounts = new Map(
      Object.entries(options.accounts).map(([name, account]) => [name, new Account(name, providerOf(account))]),
    );
    const client = new Client({ connection, namespace, dataConverter: options.dataConverter });
    const activities = createPodActivities({
      identity: { deployment, plane: await planeAt(connection, namespace) },
      accounts,
      settings,
      secrets: options.secrets ?? secretsFrom(process.env),
      isOwnerGone: (owner) => isOwnerGone(client, owner),
    });
    const shared: Pick<WorkerOptions, 'connection' | 'namespace' | 'dataConverter'> = {
      connection,
      namespace,
      dataConverter: options.dataConverter,
    };
    const workers = [
      await Worker.create({ ...shared, ...workflowOptions(options, activities) }),
      ...(await Promise.all(
        [...accounts.keys()].flatMap((account) =>
          accountOptions(deployment, account, settings, activities).map((lane) =>
            Worker.create({ ...shared, ...lane }),
          ),
        ),
      )),
    ];
    return new PodkeeperWorker(workers, [...accounts.values()]);
  }

  /** Works until {@link shutdown}, a signal, or a fatal error; drains the calls in flight and leaves the pods alone. */
  async run(): Promise<void> {
    try {
      await Promise.all(
        this.workers.map(async (worker) => {
          try {
            await worker.run();
          } finally {
            // One worker that fails takes the others along: half a Podkeeper would look alive and end nothing.
            this.shutdown();
          }
        }),
      );
    } finally {
      await Promise.allSettled(this.accounts.map(async ({ provider }) => await provider.close?.()));
    }
  }

  /** Works while a promise is pending. */
  async runUntil<T>(until: Promise<T> | (() => Promise<T>)): Promise<T> {
    const running = this.run();
    try {
      const wanted = typeof until === 'function' ? until() : until;
      await Promise.race([wanted, running]);
      return await wanted;
    } finally {
      this.shutdown();
      await running;
    }
  }

  /** Takes no more tasks and hears out those in flight. */
  shutdown(): void {
    for (const worker of this.workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}

function providerOf(account: AccountConfiguration | Provider): Provider {
  return 'capabilities' in account ? account : createProvider(account);
}

function workflowOptions(options: PodkeeperWorkerOptions, { admitClaim }: PodActivities): WorkerOptions {
  return {
    taskQueue: workflowQueue(options.deployment),
    workflowBundle: options.workflowBundle ?? shippedBundle(),
    maxCachedWorkflows: CACHED_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: STICKY_WAIT_MS,
    activities: { admitClaim },
    enableNonLocalActivities: false,
  };
}

function shippedBundle(): { codePath: string } {
  const codePath = join(__dirname, 'workflow-bundle.js');
  if (existsSync(codePath)) return { codePath };
  throw new PodkeeperError(
    'validation',
    `the workflow bundle ${codePath} is missing: run npm run build, or pass workflowBundle`,
  );
}

function accountOptions(deployment: string, account: string, settings: Settings, activities: PodActivities) {
  const { createPod, locatePod, observePod, watchPod, endPods } = activities;
  // A create that was sent is heard out: cut off, its outcome would have to be looked up for the list lag.
  const shutdownGraceTime = settings.createTimeoutMs + settings.heartbeatTimeoutMs;
  const spend: WorkerOptions = {
    taskQueue: accountQueue(deployment, account, 'spend'),
    activities: { createPod },
    maxConcurrentActivityTaskExecutions: SPEND_SLOTS,
    shutdownGraceTime,
  };
  const keep: WorkerOptions = {
    taskQueue: accountQueue(deployment, account, 'keep'),
    activities: { locatePod, observePod, watchPod, endPods },
    maxConcurrentActivityTaskExecutions: KEEP_SLOTS,
    shutdownGraceTime: settings.callTimeoutMs,
  };
  return [spend, keep];
}

/** By the namespace's id, not its name: a namespace of the same name elsewhere is another control plane. */
async function planeAt(connection: NativeConnection, namespace: string): Promise<string> {
  try {
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
    const id = namespaceInfo?.id;
    // Temporal's time-skipping test server gives its namespaces no id.
    return planeOf(id == null || id === '' ? namespace : id);
  } catch (error) {
    throw new PodkeeperError(
      'validation',
      `namespace ${namespace} can't be described (${messageOf(error)}): check TEMPORAL_NAMESPACE, or create it with temporal operator namespace create`,
      { cause: error },
    );
  }
}

async function isOwnerGone(client: Client, owner: CreateInput['owner']): Promise<boolean> {
  try {
    const owning = await client.workflow.getHandle(owner.workflowId).describe();
    const firstRunId = owning.raw.workflowExecutionInfo?.firstRunId ?? '';
    return isClosed(owning) || (firstRunId !== '' && firstRunId !== owner.firstRunId);
  } catch (error) {
    // Only Temporal's clear word that there is no such workflow counts; when it can't be asked, the pod stays.
    return error instanceof WorkflowNotFoundError;
  }
}
