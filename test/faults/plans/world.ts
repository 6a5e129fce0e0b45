import type { Client } from '@temporalio/client';
import type { Podkeeper } from '../../../src/client';
import type { LifeName, Settings } from '../../../src/model';
import type { PodSpecInput } from '../../../src/schema';
import type { SimulatedCloud } from '../../../src/simulator';
import type { WireFaults } from '../../../src/testing/fakeCloud';
import type { Evidence, Stretch } from '../judge';
import type { CallInPlan } from './plan';

/** Where a plan is played: Podkeeper and a cloud of its own, in some time. */
export interface World {
  podkeeper: Podkeeper;
  client: Client;
  identity: Pick<LifeName, 'deployment' | 'controlPlane'>;
  /** A plan's claim under a name that no other plan has. */
  claimId(id: string): string;
  /** What is rented: provider, account and the like. */
  spec: PodSpecInput;
  /** What others rent here, by the cloud's own id. */
  foreignGpu: string;
  settings: Settings;
  cloud: SimulatedCloud;
  /** `null` where calls go by no wire. */
  wire: WireFaults | null;
  /** How long a pod may bill after its claim's end, ms. */
  boundMs: number;
  /** How long a claim may wait for the proof of its end, ms. */
  proofMs: number;
  /** For how long a quota may hold a call back, ms. */
  heldBackMs: number;
  /** What a decision may take here, ms. */
  latencyMs: number;
  /** ms since 1970, by the clock that Temporal and the cloud share. */
  now(): Promise<number>;
  /** Lets time go on to a moment, ms since 1970. */
  passUntil(at: number): Promise<void>;
  /** Lets time go on until all is over, or to a moment that is late enough. */
  settle(isOver: () => Promise<boolean>, limit: number): Promise<void>;
  /** Does something in the middle of a call: before it reaches the cloud, or after that has carried it out. */
  onCall(when: 'before' | 'after', during: CallInPlan, nth: number, act: () => Promise<void>): void;
  /** Loses the worker that makes the call in the middle of which this is called. */
  loseWorker(): void;
  /** When something did not work. */
  troubles(): Stretch[];
  /** What the cloud refused for sure. */
  refusals(): Evidence['refusals'];
}
