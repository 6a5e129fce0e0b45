// oxlint-disable-next-line no-restricted-imports -- types alone, which an application has: it needs no workflow package
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/client';
import type { ClaimInfo, ClaimResult, HealthyPod, TouchResult } from '../model';
import type { ClaimState } from './claimState';

/** The input of `podLifecycle`. The claim's id isn't part of it: it is the workflow id. */
export interface PodLifecycleInput {
  /** The spec as the user wrote it. The first task checks it, so that a workflow started without our client is just as safe. */
  spec: unknown;
  /** Signal the parent workflow as soon as the pod is healthy; see {@link podHealthySignal}. Default `false`. */
  notifyParent?: boolean;
  /** Whether this start carries our search attributes, which proves that they are registered. Default `false`: none are written. */
  searchAttributes?: boolean;
  /** How the client encodes payloads. A worker with another encoding refuses the claim before anything is rented. Default: not checked. */
  encoding?: string;
  /** Set by continue-as-new only. */
  resumed?: ClaimState;
}

/** The workflow type of a claim, for starts from another language or the Temporal CLI. */
export const POD_LIFECYCLE = 'podLifecycle';

/** The type of the workflow function, for handles and children. */
export type PodLifecycle = (input: PodLifecycleInput) => Promise<ClaimResult>;

/**
 * Ends the claim with reason `released`. The optional message says by whom or why. With a `life` (the first run id of that life), another
 * life under the same workflow id ignores the signal. Without one, as from Temporal's UI, it ends whichever life runs.
 */
export const releaseSignal = signal<[message?: string, life?: string]>('release');

/**
 * Renews the lease: the idle timeout starts again. Rejected as `conflict` when the claim is ending, or isn't the life that is named; `null`
 * names whichever life runs.
 */
export const touchUpdate = update<TouchResult, [life: string | null]>('touch');

/**
 * Closes the open debts of an ending claim without proof, in a person's name. Rejected as `conflict` when there are none, or when it isn't
 * the life that is named; `null` names whichever life runs.
 */
export const writeOffUpdate = update<void, [{ by: string; reason: string }, life: string | null]>('writeOff');

/**
 * Tells whether a message is meant for a life. Temporal's own check isn't enough: signals have none, and the time-skipping server doesn't
 * check updates.
 *
 * @param stated the life that the message names; without one it is meant for whichever life runs
 */
export function isMeantFor(life: string, stated: unknown): boolean {
  return stated === undefined || stated === null || stated === life;
}

/** The error message for a caller whose life is over. */
export function lifeOverMessage(claim: string): string {
  return `claim ${claim}: that claim has ended, and this handle belongs to it; spawn again for a new pod`;
}

/** The error message for a query that arrives between an event and its workflow task. A moment later it is answered. */
export const ASKED_TOO_EARLY = 'asked between an event and its workflow task: ask again in a moment';

/** Returns the claim's state. */
export const claimQuery = query<ClaimInfo>('claim');

/**
 * Signals the parent workflow that the pod is healthy. `life` is the first run id of the claim's life, because the id may have had another
 * life before.
 */
export const podHealthySignal = signal<[{ workflowId: string; life: string; pod: HealthyPod }]>('podkeeper:healthy');

// The same as the SDK's defineSignal, defineUpdate and defineQuery, without its workflow package: an application only needs the client. The
// brands that the casts add exist for the compiler only.

function signal<Args extends unknown[]>(name: string): SignalDefinition<Args> {
  return { type: 'signal', name } as SignalDefinition<Args>;
}

function update<Result, Args extends unknown[] = []>(name: string): UpdateDefinition<Result, Args> {
  return { type: 'update', name } as UpdateDefinition<Result, Args>;
}

function query<Result>(name: string): QueryDefinition<Result> {
  return { type: 'query', name } as QueryDefinition<Result>;
}
