import type { WorkflowInterceptors } from '@temporalio/workflow';
import { ASKED_TOO_EARLY } from './definitions';

/**
 * Keeps events from a workflow until their workflow task.
 *
 * A query to a worker that doesn't have the workflow in memory carries the history of that moment: the events since the last task, but not
 * the start of the next task and its time. The SDK applies these events with the clock of the *last* task, which may be hours old. A
 * deadline's timer has then fired although the deadline seems hours away, and a decision made by that clock stays, because no replay makes
 * it again. So the query is refused: the SDK evicts the workflow, and rebuilds it with the right time when the task arrives.
 */
export function interceptors(): WorkflowInterceptors {
  let last: { clock: string; events: number } | undefined;
  return {
    internals: [
      {
        activate(input, next) {
          const { timestamp, historyLength, isReplaying } = input.activation;
          const clock = `${timestamp?.seconds?.toString()}.${timestamp?.nanos}`;
          const events = Number(historyLength);
          // Every workflow task has its own start time.
          const isEarly = last !== undefined && isReplaying !== true && clock === last.clock && events > last.events;
          if (isEarly) throw new Error(ASKED_TOO_EARLY);
          last = { clock, events };
          next(input);
        },
      },
    ],
  };
}
