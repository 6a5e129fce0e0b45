import type { Client } from '@temporalio/client';
import type { Podkeeper } from '../../../src/client';
import type { LifeName, Settings } from '../../../src/model';
import type { PodSpecInput } from '../../../src/schema';
import type { SimulatedCloud } from '../../../src/simulator';
import type { WireFaults } from '../../../src/testing/fakeCloud';
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
  /** What a decision may take here, ms. */
  latencyMs: number;
  /** ms since 1970, by the clock that Temporal and the cloud share. */
  now(): Promise<number>;
  /** Lets time go on to a moment, ms since 1970. */
  passUntil(at: number): Promise<void>;
  /** Lets time go on until all is over, or to a moment that is late enough. */
  settle(isOver: () => Promise<boolean>, limit: number): Promise<void>;
  /** Does something in the middle of a call. */
  onCall(during: CallInPlan, nth: number, act: () => Promise<void>): void;
  /** Until when something did not work, ms since 1970. */
  troubles(): number[];
}
