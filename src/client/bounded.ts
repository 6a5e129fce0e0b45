import { ServiceError, isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { PodkeeperError, formatDuration, messageOf } from '../model';
import { temporalError } from './failures';

/** How long one call to Temporal may take, ms: enough for a busy server. */
export const ANSWER_LIMIT_MS = 10_000;

/**
 * Calls Temporal, and settles in time whatever the server and the network do.
 *
 * @param limitMs default {@link ANSWER_LIMIT_MS}
 * @throws PodkeeperError `transport` when there is no usable answer in time; otherwise what `ask` throws
 */
export async function bounded<T>(client: Client, ask: () => Promise<T>, limitMs = ANSWER_LIMIT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new PodkeeperError('transport', `Temporal did not answer within ${formatDuration(limitMs)}`);
    // The call's own deadline should fire first. This one covers waits without a call.
    timer = setTimeout(() => reject(error), limitMs + 250);
  });
  try {
    return await Promise.race([client.withDeadline(Date.now() + limitMs, ask), late]);
  } catch (error) {
    if (error instanceof ServiceError) throw temporalError(error);
    if (isGrpcServiceError(error)) {
      throw new PodkeeperError('transport', `Temporal: ${messageOf(error)}`, { cause: error });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
