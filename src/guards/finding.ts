import type { Client } from '@temporalio/client';
import type { Account } from '../accounts';
import type { SweepDependencies } from '../activities';
import type { PodIdentity, Settings } from '../model';

/** Something at a worker's start that a person has to be told of. */
export interface GuardFinding {
  guard: GuardName;
  /** `null` where it is about no account of the worker's own. */
  account: string | null;
  /** What was seen, and what to do. */
  message: string;
}

/**
 * - `abandoned_claims`: claims live on an account that nobody serves.
 * - `other_control_plane`: another Temporal has a deployment of our name on an account.
 * - `blind`: the reaper would see nothing in an account.
 * - `settings`: a lost pod may bill for longer than a claim's whole life.
 */
export const GUARDS = ['abandoned_claims', 'other_control_plane', 'blind', 'settings'] as const;
export type GuardName = (typeof GUARDS)[number];

/** What guards look at. */
export interface GuardDependencies {
  client: Client;
  identity: PodIdentity;
  /** Those that the worker is about to serve. */
  accounts: ReadonlyMap<string, Account>;
  settings: Settings;
  heldPods: SweepDependencies['heldPods'];
}
