import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { Account } from './accounts';
import {
  createPlanActivities,
  createPodActivities,
  createSweepActivities,
  controlPlaneOf,
  secretsFrom,
} from './activities';
import type { SecretSource, SweepActivityDependencies } from './activities';
import { tokenSecretsFrom, tokenSecretsOf } from './auth';
import type { TokenSecrets } from './auth';
import { encodingOf, workerIdentity } from './client/encoding';
import * as guards from './guards';
import type { GuardDependencies } from './guards';
import { refuseUnfitSdk } from './installation';
import { DEPLOYMENT_PATTERN, PodkeeperError, accountQueue, messageOf, workflowQueue } from './model';
import type { Clock, PlanActivities, PodActivities, Settings, SweepActivities } from './model';
import { GPU_CATALOGUE } from './model/gpus';
import type { GpuCatalogue, GpuEntry } from './model/gpus';
import type { Provider } from './providers/contract';
import { createProvider } from './providers/registry';
import type { AccountConfiguration } from './providers/registry';
import { describeOwner, heldPods, installReaper, isOwnerGone } from './reaper';
import { refuseContradictorySettings } from './schema';

export { Account } from './accounts';
export type { AccountOptions, Lane, ListLane, Moment, PodList } from './accounts';
export { createPodActivities } from './activities';
export type { ActivityDependencies, AdmitDependencies, CreateDependencies, SecretSource } from './activities';
export { GPU_CATALOGUE } from './model/gpus';
export { loadConfiguration } from './schema';
export type {
  Configuration,
  ConfigurationOverrides,
  ConfigurationSources,
  AccountConfiguration as ConfiguredAccount,
  LocalAccount,
  MockAccount,
  RunpodAccount,
} from './schema';
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
  /** `DEFAULT_SETTINGS` or your own; claims are held to those with which they were admitted. */
  settings: Settings;
  /** Which names mean which GPUs: a catalogue, or what is to be added to `GPU_CATALOGUE`, which is the default. */
  gpus?: GpuCatalogue | readonly GpuEntry[];
  /** Where secrets come from. Default: `PODKEEPER_SECRET_…` in this process's environment. */
  secrets?: SecretSource;
  /**
   * What pods' tokens and signing keys are derived from, for specs with `auth`: a secret, or versions of it as in `PODKEEPER_TOKEN_SECRET`. The same
   * as the clients'. Default: that variable of this process's environment.
   */
  tokenSecret?: string | TokenSecrets;
  /** The same as the clients', payload codecs included. */
  dataConverter?: DataConverter;
  /**
   * Default: the bundle that the package ships. One of your own has `podkeeper/workflows` also among its `workflowInterceptorModules`: without them, a claim
   * that is asked at the wrong moment can take its deadline for hours away.
   */
  workflowBundle?: { codePath: string };
  /**
   * Instead of a bundle, a file with workflows of your own and the line `export * from 'podkeeper/workflows'`: this worker then runs both, on the queue
   * `workflowQueue(deployment)`. Any worker of a deployment may get any of its tasks, so all of them must be made with the same file. Without that line
   * claims stand still, and the log says that `podLifecycle` isn't exported.
   */
  workflowsPath?: string;
  /** Activities of your own, for those workflows, on the same queue. */
  activities?: object;
  /** What lists are dated by: it must go as Temporal's does. Default: this machine's. */
  clock?: Clock;
  /**
   * Whether this worker sees to it that the reaper sweeps its accounts: a Temporal schedule that ends pods whose claims can't any more. Default `true`.
   * `false` where Temporal has no schedules, as its time-skipping test server.
   */
  reaper?: boolean;
  /**
   * What becomes of that which would leave pods without an end: claims on accounts that nobody serves, a key that shows nothing, another Temporal with
   * a deployment of this name, settings by which lost pods outlive claims. `report` (default): the worker works, and rings: an error in the log
   * that begins with `Podkeeper alarm:`, and the metric `podkeeper_alarms`. `refuse`: it is not made. `off`: nobody looks.
   */
  guards?: 'report' | 'refuse' | 'off';
  /** @internal For tests: what is called instead of Podkeeper's own activities. */
  replaceActivities?: (own: PodActivities) => PodActivities;
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
  readonly #workers: Worker[];
  readonly #accounts: Account[];
  readonly #guard: (signal: AbortSignal) => Promise<void>;

  private constructor(workers: Worker[], accounts: Account[], guard: (signal: AbortSignal) => Promise<void>) {
    this.#workers = workers;
    this.#accounts = accounts;
    this.#guard = guard;
  }

  /**
   * Checks the connection, installs the reaper and makes the workers; they work from {@link run} on.
   *
   * @throws PodkeeperError `validation` when the SDK's packages differ in version, settings contradict each other, the namespace doesn't exist, a GPU
   *   can't be added, the bundle is missing or what you add stands against Podkeeper's own; `unsupported` or `transport` when the reaper can't be
   *   installed; `conflict` when `guards` is `refuse` and one of them found something. The connection can be closed then.
   */
  static async create(options: PodkeeperWorkerOptions): Promise<PodkeeperWorker> {
    const { connection, deployment, settings, namespace = 'default' } = options;
    refuseUnfitSdk();
    refuseContradictorySettings(settings);
    refuseClashes(options);
    const gpus = catalogueOf(options.gpus ?? []);
    const accounts = new Map(
      Object.entries(options.accounts).map(([name, account]) => [
        name,
        new Account(name, providerOf(account, gpus), { clock: options.clock, settings }),
      ]),
    );
    const client = new Client({ connection, namespace, dataConverter: options.dataConverter });
    const encoding = await encodingOf(client);
    const identity = { deployment, controlPlane: await controlPlaneAt(connection, namespace) };
    const admission = { identity, accounts, settings, gpus, encoding, tokenSecrets: tokenSecrets(options) };
    const own = createPodActivities({
      ...admission,
      secrets: options.secrets ?? secretsFrom(process.env),
      isOwnerGone: async (owner) => await isOwnerGone(client, owner),
    });
    const sweepDependencies: SweepActivityDependencies = {
      identity,
      accounts,
      ownerOf: async (workflowId) => await describeOwner(client, workflowId, settings.maxLifetimeMs),
      heldPods: async (account, listLagMs) => await heldPods(client, deployment, account, listLagMs),
    };
    const sweeps = createSweepActivities(sweepDependencies);
    const guarded: GuardDependencies = { client, identity, accounts, settings, heldPods: sweepDependencies.heldPods };
    // First of all: a worker that is refused has changed nothing.
    if (options.guards === 'refuse') await guards.refuse(guarded);
    const activities = { ...(options.replaceActivities?.(own) ?? own), ...sweeps, ...createPlanActivities(admission) };
    const shared: Pick<WorkerOptions, 'connection' | 'namespace' | 'dataConverter' | 'identity'> = {
      connection,
      namespace,
      dataConverter: options.dataConverter,
      identity: workerIdentity(encoding),
    };
    const planned = [
      { ...shared, ...workflowOptions(options, activities) },
      ...[...accounts.keys()].flatMap((account) =>
        accountOptions(deployment, account, settings, activities).map((lane) => ({ ...shared, ...lane })),
      ),
    ];
    if (options.reaper !== false) {
      for (const account of accounts.keys()) await installReaper(client, { deployment, account }, settings);
    }
    // Last: a worker that was made holds the connection until it has run.
    const workers = await createAll(planned);
    const reports = options.guards === undefined || options.guards === 'report';
    return new PodkeeperWorker(workers, [...accounts.values()], async (signal) => {
      if (reports) await guards.report(guarded, signal);
    });
  }

  /** Works until {@link shutdown}, a signal, or a fatal error; drains the calls in flight and leaves the pods alone. */
  async run(): Promise<void> {
    const over = new AbortController();
    // Beside the work, not before it: a start must not wait for a provider that is down.
    const guarded = this.#guard(over.signal);
    try {
      const outcomes = await Promise.allSettled(
        this.#workers.map(async (worker) => {
          try {
            await worker.run();
          } finally {
            // One worker that fails takes the others along: half a Podkeeper would look alive and end nothing.
            this.shutdown();
          }
        }),
      );
      // Only now, when all have drained: they still use the providers, and the connection.
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } finally {
      over.abort();
      await guarded;
      await Promise.allSettled(this.#accounts.map(async ({ provider }) => await provider.close?.()));
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

  /** Takes no more tasks and drains those in flight. */
  shutdown(): void {
    for (const worker of this.#workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}

/** Makes all of these workers, or none. */
async function createAll(options: readonly WorkerOptions[]): Promise<Worker[]> {
  const outcomes = await Promise.allSettled(options.map(async (each) => await Worker.create(each)));
  const workers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return workers;
  // The SDK has no other way to make a worker let go of its connection: its owner could not close it, and would read that instead of the reason.
  await Promise.allSettled(workers.map(async (worker) => await worker.runUntil(Promise.resolve())));
  throw failed.reason;
}

function catalogueOf(gpus: GpuCatalogue | readonly GpuEntry[]): GpuCatalogue {
  return 'idAt' in gpus ? gpus : GPU_CATALOGUE.extend(gpus);
}

function providerOf(account: AccountConfiguration | Provider, gpus: GpuCatalogue): Provider {
  return 'spawn' in account ? account : createProvider(account, gpus);
}

function tokenSecrets({ tokenSecret }: PodkeeperWorkerOptions): TokenSecrets | undefined {
  return tokenSecret === undefined ? tokenSecretsFrom(process.env) : tokenSecretsOf(tokenSecret);
}

function refuseClashes({ deployment, accounts, ...options }: PodkeeperWorkerOptions): void {
  const { workflowsPath, workflowBundle, activities = {} } = options;
  const refuse = (message: string) => {
    throw new PodkeeperError('validation', message);
  };
  if (!DEPLOYMENT_PATTERN.test(deployment)) refuse(`deployment: '${deployment}' must be 1 to 8 characters a-z 0-9`);
  if (Object.keys(accounts).length === 0) refuse('accounts: name at least one account to rent with');
  if (workflowsPath !== undefined && workflowBundle !== undefined) refuse('workflowsPath, workflowBundle: give one');
  for (const own of ['admitClaim', 'planClaim']) {
    if (own in activities) refuse(`activities: '${own}' is Podkeeper's own; give yours another name`);
  }
}

function workflowOptions(
  options: PodkeeperWorkerOptions,
  { admitClaim, planClaim }: PodActivities & PlanActivities,
): WorkerOptions {
  const { deployment, workflowsPath, activities } = options;
  return {
    taskQueue: workflowQueue(deployment),
    ...(workflowsPath === undefined
      ? { workflowBundle: options.workflowBundle ?? shippedBundle() }
      : { workflowsPath, interceptors: { workflowModules: [join(__dirname, 'workflows', 'interceptors')] } }),
    maxCachedWorkflows: CACHED_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: STICKY_WAIT_MS,
    activities: { ...activities, admitClaim, planClaim },
    // Podkeeper's own are local: a worker that has no others polls for none.
    enableNonLocalActivities: activities !== undefined,
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

function accountOptions(
  deployment: string,
  account: string,
  settings: Settings,
  activities: PodActivities & SweepActivities,
) {
  const { createPod, locatePod, observePod, explainBoot, watchPod, endPods, surveyPods, reapPods } = activities;
  // A create that was sent is drained: cut off, its outcome would have to be looked up for the list lag.
  const shutdownGraceTime = settings.createTimeoutMs + settings.heartbeatTimeoutMs;
  const spend: WorkerOptions = {
    taskQueue: accountQueue(deployment, account, 'spend'),
    activities: { createPod },
    maxConcurrentActivityTaskExecutions: SPEND_SLOTS,
    shutdownGraceTime,
  };
  const keep: WorkerOptions = {
    taskQueue: accountQueue(deployment, account, 'keep'),
    activities: { locatePod, observePod, explainBoot, watchPod, endPods, surveyPods, reapPods },
    maxConcurrentActivityTaskExecutions: KEEP_SLOTS,
    shutdownGraceTime: settings.callTimeoutMs,
  };
  return [spend, keep];
}

/** By the namespace's id, not its name: a namespace of the same name elsewhere is another control plane. */
async function controlPlaneAt(connection: NativeConnection, namespace: string): Promise<string> {
  try {
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
    const id = namespaceInfo?.id;
    // Temporal's time-skipping test server gives its namespaces no id.
    return controlPlaneOf(id == null || id === '' ? namespace : id);
  } catch (error) {
    throw new PodkeeperError(
      'validation',
      `namespace ${namespace} can't be described (${messageOf(error)}): check TEMPORAL_NAMESPACE, or create it with temporal operator namespace create`,
      { cause: error },
    );
  }
}
