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
import { encodingOf } from './client/encoding';
import { workerIdentity } from './client/workerIdentity';
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

/** Options of a {@link PodkeeperWorker}. */
export interface PodkeeperWorkerOptions {
  /** A connection to Temporal. Closing it is up to you. */
  connection: NativeConnection;
  /** Temporal's namespace. Default `default`. */
  namespace?: string;
  /** 1–8 characters a–z, 0–9. The same as that of its clients. */
  deployment: string;
  /** The accounts by name: configurations, or providers of your own. At least one. */
  accounts: Readonly<Record<string, AccountConfiguration | Provider>>;
  /** `DEFAULT_SETTINGS` or your own. A claim keeps the settings with which it was admitted. */
  settings: Settings;
  /** The GPU names: a catalogue, or entries to add to `GPU_CATALOGUE`. Default: `GPU_CATALOGUE`. */
  gpus?: GpuCatalogue | readonly GpuEntry[];
  /** Returns the values of secrets. Default: `PODKEEPER_SECRET_…` in this process's environment. */
  secrets?: SecretSource;
  /**
   * What pods' tokens and signing keys are derived from, for specs with `auth`: a secret, or versions of it as in `PODKEEPER_TOKEN_SECRET`.
   * The same as that of the clients. Default: this variable of the process's environment.
   */
  tokenSecret?: string | TokenSecrets;
  /** The same as that of the clients, payload codecs included. */
  dataConverter?: DataConverter;
  /**
   * A workflow bundle. Default: the bundle that the package ships. A bundle of your own needs `podkeeper/workflows` among its
   * `workflowInterceptorModules` too; otherwise a query at the wrong moment can delay a claim's deadline by hours.
   */
  workflowBundle?: { codePath: string };
  /**
   * Instead of a bundle, a file with workflows of your own and the line `export * from 'podkeeper/workflows'`. This worker then runs both,
   * on the queue `workflowQueue(deployment)`. Any worker of a deployment may get any of its tasks, so create all of them with the same
   * file. Without that line claims make no progress, and the log says that `podLifecycle` isn't exported.
   */
  workflowsPath?: string;
  /** Activities of your own for those workflows, on the same queue. */
  activities?: object;
  /** The clock that dates lists. It has to agree with Temporal's clock. Default: this machine's. */
  clock?: Clock;
  /**
   * Whether this worker installs the reaper for its accounts: a Temporal schedule that ends pods whose claims can't. Default `true`. Set it
   * to `false` where Temporal has no schedules, as on its time-skipping test server.
   */
  reaper?: boolean;
  /**
   * What to do when a check at the start finds a cause that would leave pods without an end: claims on accounts that nobody serves, a key
   * that shows nothing, another Temporal with a deployment of this name, settings with which lost pods outlive claims. `report` (default):
   * the worker works and raises an alarm, an error in the log that begins with `Podkeeper alarm:` and the metric `podkeeper_alarms`.
   * `refuse`: the worker is not created. `off`: nothing is checked.
   */
  guards?: 'report' | 'refuse' | 'off';
  /** @internal For tests: replaces Podkeeper's own activities. */
  replaceActivities?: (own: PodActivities) => PodActivities;
}

/** Creates in flight, for each account and worker. */
const SPEND_SLOTS = 20;
/** Polls and ends in flight, for each account and worker. Each holds its slot only during its calls. */
const KEEP_SLOTS = 100;
/**
 * How long a workflow task waits for the worker that has the workflow in memory before any other may take it: the delay that a lost worker
 * causes. The SDK's default is 10 s.
 */
const STICKY_WAIT_MS = 5_000;
/** Each takes about 0.4 MiB of memory. */
const CACHED_WORKFLOWS = 500;

/** Podkeeper's Temporal workers for one deployment: one for workflows, and two for each account. */
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
   * Checks the connection, installs the reaper and creates the workers. They start to work with {@link run}.
   *
   * @throws PodkeeperError `validation` when the SDK's packages differ in version, settings contradict each other, the namespace doesn't
   *   exist, a GPU can't be added, the bundle is missing, or your additions clash with Podkeeper's own; `unsupported` or `transport` when
   *   the reaper can't be installed; `conflict` when `guards` is `refuse` and a check found something. After an error the connection can be
   *   closed.
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
    // First, so that a refused worker has changed nothing.
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
    // Last, because a created worker holds the connection until it has run.
    const workers = await createAll(planned);
    const reports = options.guards === undefined || options.guards === 'report';
    return new PodkeeperWorker(workers, [...accounts.values()], async (signal) => {
      if (reports) await guards.report(guarded, signal);
    });
  }

  /** Works until {@link shutdown}, a signal, or a fatal error. Then it drains the calls in flight and leaves the pods alone. */
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
            // When one worker fails, all stop: half a Podkeeper would look alive and end nothing.
            this.shutdown();
          }
        }),
      );
      // Only after all have drained: until then they use the providers and the connection.
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

  /** Takes no more tasks, and drains those in flight. */
  shutdown(): void {
    for (const worker of this.#workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}

/** Creates all of these workers, or none. */
async function createAll(options: readonly WorkerOptions[]): Promise<Worker[]> {
  const outcomes = await Promise.allSettled(options.map(async (each) => await Worker.create(each)));
  const workers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return workers;
  // The SDK has no other way to make a worker release its connection. Otherwise closing the connection would fail and hide the real error.
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
    // Podkeeper's own activities on this queue are local, so a worker without others polls for none.
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
  const { createPod, locatePod, locateLife, observePod, explainBoot, watchPod, endPods, surveyPods, reapPods } =
    activities;
  // Time to drain a create that was sent. If it were cut off, its outcome would have to be looked up, for the list lag.
  const shutdownGraceTime = settings.createTimeoutMs + settings.heartbeatTimeoutMs;
  const spend: WorkerOptions = {
    taskQueue: accountQueue(deployment, account, 'spend'),
    activities: { createPod },
    maxConcurrentActivityTaskExecutions: SPEND_SLOTS,
    shutdownGraceTime,
  };
  const keep: WorkerOptions = {
    taskQueue: accountQueue(deployment, account, 'keep'),
    activities: { locatePod, locateLife, observePod, explainBoot, watchPod, endPods, surveyPods, reapPods },
    maxConcurrentActivityTaskExecutions: KEEP_SLOTS,
    shutdownGraceTime: settings.callTimeoutMs,
  };
  return [spend, keep];
}

/** Hashes the namespace's id, not its name: a namespace of the same name elsewhere is another control plane. */
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
