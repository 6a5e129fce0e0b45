// oxlint-disable-next-line no-restricted-imports -- types alone, which an application has: it needs no workflow package
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/client';
import type { ClaimInfo, ClaimResult, HealthyPod, TouchResult } from '../model';
import type { ClaimState } from './claimState';

/** What `podLifecycle` is started with. The claim's id is not in it: the workflow id is the claim. */
export interface PodLifecycleInput {
  /** What a user wrote; checked in the first task, so that a workflow started without our client is as safe. */
  spec: unknown;
  /** Signal the parent workflow as soon as the pod is healthy, see {@link podHealthySignal}. */
  notifyParent?: boolean;
  /** Whether this start carries our search attributes, and so proves that they are registered. Default `false`: none are written. */
  searchAttributes?: boolean;
  /** How the client's messages are encoded: a worker that writes others refuses the claim before anything is rented. Default: not checked. */
  encoding?: string;
  /** Set by continue-as-new only. */
  resumed?: ClaimState;
}

/** The name of the workflow type, for starts from another language or the Temporal CLI. */
export const POD_LIFECYCLE = 'podLifecycle';

/** The type of the workflow, for handles and children. */
export type PodLifecycle = (input: PodLifecycleInput) => Promise<ClaimResult>;

/**
 * Ends the claim: reason `released`. The optional text says by whom or why. With a `life`, the first run id of the life that is meant, another life
 * under the same workflow id ignores it; without one, as by hand from Temporal's UI, whichever life runs is ended.
 */
export const releaseSignal = signal<[message?: string, life?: string]>('release');

/**
 * Renews the lease: idle counts anew from now. Rejected as `conflict` once the claim is ending, and by another life than the one that is named; `null`
 * is for whichever runs.
 */
export const touchUpdate = update<TouchResult, [life: string | null]>('touch');

/**
 * Closes the open debts of an ending claim without proof, in a person's name. Rejected as `conflict` while there are none, and by another life than
 * the one that is named; `null` is for whichever runs.
 */
export const writeOffUpdate = update<void, [{ by: string; reason: string }, life: string | null]>('writeOff');

/**
 * Tells whether a message is meant for a life. Temporal's own check isn't enough: a signal has none, and its time-skipping server makes none for an
 * update.
 *
 * @param stated the life that the message names; one without is for whichever life runs
 */
export function isMeantFor(life: string, stated: unknown): boolean {
  return stated === undefined || stated === null || stated === life;
}

/** What a caller is answered who means a life that is over. */
export function lifeOverMessage(claim: string): string {
  return `claim ${claim}: that claim has ended, and this handle is of no other; spawn it again for a new pod`;
}

/** What a query is answered that comes between an event and the workflow task that brings it. It will be answered when asked again, in a moment. */
export const ASKED_TOO_EARLY = 'asked between an event and its workflow task: ask again in a moment';

/** The claim as it stands. */
export const claimQuery = query<ClaimInfo>('claim');

/** What a claim tells its parent workflow. `life` is the first run id of the claim's life: the id may have had another before. */
export const podHealthySignal = signal<[{ workflowId: string; life: string; pod: HealthyPod }]>('podkeeper:healthy');

// As the SDK's defineSignal, defineUpdate and defineQuery, without its workflow package: an application needs the client alone. The brands that
// the casts add exist for the compiler only.

function signal<Args extends unknown[]>(name: string): SignalDefinition<Args> {
  return { type: 'signal', name } as SignalDefinition<Args>;
}

function update<Result, Args extends unknown[] = []>(name: string): UpdateDefinition<Result, Args> {
  return { type: 'update', name } as UpdateDefinition<Result, Args>;
}

function query<Result>(name: string): QueryDefinition<Result> {
  return { type: 'query', name } as QueryDefinition<Result>;
}
