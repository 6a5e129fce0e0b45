import type { Client } from '@temporalio/client';
import type { Account } from '../accounts';
import type { SweepDependencies } from '../activities';
import type { PodIdentity, Settings } from '../model';

/** A finding at a worker's start, to raise an alarm for. */
export interface GuardFinding {
  guard: GuardName;
  /** `null` for a finding that concerns none of the worker's own accounts. */
  account: string | null;
  /** What was found, and what to do. */
  message: string;
}

/**
 * The checks at a worker's start.
 *
 * - `abandoned_claims`: claims are open on an account that nobody serves.
 * - `other_control_plane`: another Temporal has a deployment of our name on an account.
 * - `blind`: the reaper would see nothing in an account.
 * - `settings`: a lost pod may cost money for longer than a claim's whole lifetime.
 */
export const GUARDS = ['abandoned_claims', 'other_control_plane', 'blind', 'settings'] as const;
export type GuardName = (typeof GUARDS)[number];

/** The dependencies of the guards. */
export interface GuardDependencies {
  client: Client;
  identity: PodIdentity;
  /** The accounts that the worker is about to serve. */
  accounts: ReadonlyMap<string, Account>;
  settings: Settings;
  heldPods: SweepDependencies['heldPods'];
}
