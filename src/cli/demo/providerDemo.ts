import type { HealthyPod } from '../../model';
import type { PodSpecInput } from '../../schema';
import type { Timeline } from './timeline';

/** What belongs to one run of the demo. */
export interface DemoIdentity {
  /** Unique to this run. */
  deployment: string;
  /** Absolute path; removed when the demo succeeds. */
  directory: string;
}

/** One step's text, for people, and its facts, for programs. */
export interface StepDetail {
  message: string;
  facts: Record<string, unknown>;
}

/** What differs between the demos of two providers. */
export interface ProviderDemo {
  /** The worker's only account, by name, as in a configuration file. */
  readonly accounts: Readonly<Record<string, object>>;
  /** Worker settings beyond those of every demo, as in a configuration file. */
  readonly settings: Readonly<Record<string, string>>;
  /** Printed for people before the first step. */
  readonly remarks: readonly string[];
  /** Starts what has to run before anything else. */
  open(timeline: Timeline): Promise<void>;
  /** The worker's additional environment variables; available after `open`. */
  workerEnvironment(): NodeJS.ProcessEnv;
  spec(): PodSpecInput & { id: string };
  /** Describes a pod right after its create. */
  describe(pod: Pick<HealthyPod, 'id' | 'name'>): Promise<StepDetail>;
  /** Prints what the provider shows while no worker runs. */
  showUnattended(timeline: Timeline): void;
  /** Proves that no pod of the demo is left. @throws CliFailure `failed` naming those that are. */
  proveNothingLeft(): Promise<StepDetail>;
  /** Ends remaining pods and stops what `open` started. Can be called at any time once no worker runs. */
  close(): Promise<void>;
}
