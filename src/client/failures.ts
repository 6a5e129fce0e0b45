import {
  ApplicationFailure,
  CancelledFailure,
  NamespaceNotFoundError,
  QueryNotRegisteredError,
  ServiceError,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { WorkflowFailedError } from '@temporalio/client';
import { PodkeeperError, isErrorKind, isPodkeeperError, messageOf } from '../model';
import type { ClaimResult } from '../model';
import { unreadableAnswer } from './unreadable';

/** Converts an error of Temporal's client. */
export function temporalError(error: unknown, claim?: { id: string; deployment: string }): PodkeeperError {
  if (isPodkeeperError(error)) return error;
  const unreadable = unreadableAnswer(error);
  if (unreadable !== undefined) return unreadable;
  if (error instanceof WorkflowNotFoundError) {
    const which = claim === undefined ? error.workflowId : `${claim.id} in deployment ${claim.deployment}`;
    return new PodkeeperError(
      'not_found',
      `no claim ${which}: it was never spawned there, or its history is no longer kept. Check the id, the deployment and the namespace`,
      { cause: error },
    );
  }
  if (error instanceof NamespaceNotFoundError) {
    return new PodkeeperError(
      'not_found',
      `this Temporal has no namespace '${error.namespace}': check the client's namespace, on the command line TEMPORAL_NAMESPACE or the profile`,
      { cause: error },
    );
  }
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
    return ofFailure(error.cause);
  if (error instanceof ServiceError) {
    const cause = messageOf(error.cause ?? error);
    return new PodkeeperError('transport', `Temporal: ${error.message}: ${cause}`, { cause: error });
  }
  return new PodkeeperError('unknown', messageOf(error), { cause: error });
}

/** No worker answered the query. The claim may be well, but its state is unknown. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof ServiceError || error instanceof QueryNotRegisteredError;
}

function ofFailure(failure: ApplicationFailure): PodkeeperError {
  return new PodkeeperError(isErrorKind(failure.type) ? failure.type : 'unknown', failure.message, { cause: failure });
}

/** How a closed claim's workflow failed. */
export type ClosedFailure =
  | { how: 'failed'; error: PodkeeperError; result: ClaimResult | undefined }
  | { how: 'cancelled' }
  | { how: 'cut'; error: PodkeeperError };

/** Reads the failure of a closed `podLifecycle`. */
export function readFailure(error: WorkflowFailedError, claim: string): ClosedFailure {
  const { cause } = error;
  if (cause instanceof CancelledFailure) return { how: 'cancelled' };
  if (cause instanceof ApplicationFailure) {
    return { how: 'failed', error: ofFailure(cause), result: cause.details?.[0] as ClaimResult | undefined };
  }
  const by =
    cause instanceof TerminatedFailure ? 'terminated' : cause instanceof TimeoutFailure ? 'timed out' : 'closed';
  const message = `the workflow of claim ${claim} was ${by} from outside and ran no clean-up: its pod may still cost money. Look for pods named pk-…-${claim}-…`;
  return { how: 'cut', error: new PodkeeperError('unknown', message, { cause: error }) };
}
