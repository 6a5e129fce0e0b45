import type { HealthyPod } from '../../model';
import type { PodSpecInput } from '../../schema';
import type { Timeline } from './timeline';

/** What the demo calls its own. */
export interface DemoPlace {
  /** Nobody else's. */
  deployment: string;
  /** Absolute; gone when the demo has ended well. */
  directory: string;
}

/** Something to be told: for people, and for programs. */
export interface Told {
  message: string;
  facts: Record<string, unknown>;
}

/** Where the demo's pod lives: all that the same story has another for at another provider. */
export interface Scenery {
  /** The worker's only account, as its configuration has it, by its name. */
  readonly accounts: Readonly<Record<string, object>>;
  /** What the place needs of the worker's settings beside those of every demo, as a configuration file writes them. */
  readonly settings: Readonly<Record<string, string>>;
  /** For people, before the first step. */
  readonly remarks: readonly string[];
  /** Makes ready what is to be there before anything else is. */
  open(timeline: Timeline): Promise<void>;
  /** What the worker finds in its environment beside the demo's own; known once it is open. */
  workerEnvironment(): NodeJS.ProcessEnv;
  spec(): PodSpecInput & { id: string };
  /** What a pod is there, right after its create. */
  describe(pod: Pick<HealthyPod, 'id' | 'name'>): Promise<Told>;
  /** Tells what the place says of the pod while no worker looks after it. */
  tellUnattended(timeline: Timeline): void;
  /** What shows that nothing of the demo is left there. @throws CliFailure `failed` naming what is. */
  proveNothingLeft(): Promise<Told>;
  /** Ends whatever is left, and takes the place down. From any moment on; no worker may be there any more. */
  close(): Promise<void>;
}
