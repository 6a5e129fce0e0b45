import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Podkeeper } from '../../client';
import type { PodActivities, Settings } from '../../model';
import type { Provider } from '../../providers/contract';
import type { AccountConfiguration } from '../../providers/registry';
import type { MockProvider } from '../../providers/mock';
import type { SimulatedCloud, SimulatedCloudOptions } from '../../simulator';

/** Options of a {@link TestPodkeeper}. All have a default. */
export interface TestPodkeeperOptions {
  /** The accounts by name, as for a worker. Default: one account `mock` of the mock provider. */
  accounts?: Readonly<Record<string, AccountConfiguration | Provider>>;
  /** Options of the mock provider's cloud, without its clock: it uses the environment's virtual time. */
  cloud?: Omit<SimulatedCloudOptions, 'clock'>;
  /**
   * Activities that replace Podkeeper's. If set, no activity calls a provider; those you leave out make pods that are healthy at once and run until they are
   * ended. Errors are retried. For `createPod`, a `PodkeeperError` with `refused: true` is a refusal; any other error leaves the outcome unknown. Default:
   * Podkeeper's own activities, with the accounts.
   */
  activities?: Partial<PodActivities>;
  /** Changes to the default settings. */
  settings?: Partial<Settings>;
  /** The deployment. Default: `test`. */
  deployment?: string;
  /** The worker's secrets by name, for specs with `secret('NAME')`. Default: none. */
  secrets?: Readonly<Record<string, string>>;
  /** The secret from which pods' tokens and signing keys are derived, for specs with `auth`. Default: a fixed one. */
  tokenSecret?: string;
  /** How long virtual time may stand still before waits reject, ms of real time. Default: 10,000. */
  standstillMs?: number;
  /** The workflow bundle. Default: the one in the package. */
  workflowBundle?: { codePath: string };
}

/** A complete Podkeeper in this process, with a Temporal server whose time is virtual. */
export interface TestPodkeeper extends AsyncDisposable {
  /** The client, as in application code. Its waits skip time. */
  readonly podkeeper: Podkeeper;
  /** The mock provider's cloud, with its scripts, faults and ledger. */
  readonly cloud: SimulatedCloud;
  /** The mock provider, even if `accounts` doesn't use it. */
  readonly provider: MockProvider;
  /** Temporal's test environment, for your own workers and workflows. Its `sleep` and `client` also skip time, but ignore other waits: prefer {@link skip}. */
  readonly env: TestWorkflowEnvironment;
  /** The virtual time. */
  now(): Promise<Date>;
  /**
   * Moves virtual time forward by a duration such as `'3m'`, or by ms. Resolves when everything due by then has been done.
   *
   * @throws PodkeeperError `validation` for an invalid duration, `timeout` if time stands still.
   */
  skip(duration: string | number): Promise<void>;
  /** Ends all open claims and resets the cloud. For use before each test. Virtual time continues. */
  reset(): Promise<void>;
  /** Stops the workers and the server. Leaves no process or connection. Can be called twice. */
  close(): Promise<void>;
}
