import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Podkeeper } from '../../client';
import type { PodActivities, Settings } from '../../model';
import type { Provider } from '../../providers/contract';
import type { AccountConfiguration } from '../../providers/registry';
import type { MockProvider } from '../../providers/mock';
import type { SimulatedCloud, SimulatedCloudOptions } from '../../simulator';

/** What a {@link TestPodkeeper} is made of. All of it has a default. */
export interface TestPodkeeperOptions {
  /** By account name, as a worker takes them. Default: one account `mock` of the mock provider. */
  accounts?: Readonly<Record<string, AccountConfiguration | Provider>>;
  /** Of the mock provider's cloud. It lives in virtual time: its clock is the environment's. */
  cloud?: Omit<SimulatedCloudOptions, 'clock'>;
  /**
   * Activities of your own in the place of Podkeeper's: then none asks a provider, and those left out make pods that are healthy at once and
   * live until they are ended. Errors they throw are tried again; of `createPod`, a `PodkeeperError` with `refused: true` is a refusal, and
   * any other error leaves open what came of it. Default: Podkeeper's own, on the accounts.
   */
  activities?: Partial<PodActivities>;
  /** Changes of the default settings. */
  settings?: Partial<Settings>;
  /** Default `test`. */
  deployment?: string;
  /** The worker's secrets by name, for specs with `secret('NAME')`. Default: none. */
  secrets?: Readonly<Record<string, string>>;
  /** What pods' tokens and signing keys are derived from, for specs with `auth`. Default: a fixed one. */
  tokenSecret?: string;
  /** After how long of real time, in ms, a wait is rejected because virtual time stands still. Default 10 s. */
  standstillMs?: number;
  /** Default: the bundle that the package ships. */
  workflowBundle?: { codePath: string };
}

/** A whole Podkeeper in this process, on a Temporal server whose time is virtual. */
export interface TestPodkeeper extends AsyncDisposable {
  /** As application code holds it; its waits skip time. */
  readonly podkeeper: Podkeeper;
  /** The mock provider's cloud: scripts, faults and the ledger. */
  readonly cloud: SimulatedCloud;
  /** The mock provider, also where `accounts` doesn't name it. */
  readonly provider: MockProvider;
  /** Temporal's test environment, for workers and workflows of your own. Its `sleep` and `client` skip time, too, but know nothing of other waits: rather use {@link skip}. */
  readonly env: TestWorkflowEnvironment;
  /** The virtual time. */
  now(): Promise<Date>;
  /**
   * Moves virtual time: a duration such as `'3m'`, or ms. When it resolves, whatever was due by then has been done.
   *
   * @throws PodkeeperError `validation` for what is no duration, `timeout` when time stands still.
   */
  skip(duration: string | number): Promise<void>;
  /** Ends all claims that are open and makes the cloud as new: for before each test. Virtual time goes on. */
  reset(): Promise<void>;
  /** Ends the workers and the server; leaves no process and no connection. A second call is harmless. */
  close(): Promise<void>;
}
