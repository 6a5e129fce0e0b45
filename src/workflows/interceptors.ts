import type { WorkflowInterceptors } from '@temporalio/workflow';
import { ASKED_TOO_EARLY } from './definitions';

/**
 * Keeps a workflow from hearing of events before the workflow task that they belong to.
 *
 * A query that reaches a worker which doesn't have the workflow in memory brings the history as it is at that moment. What happened since the last task is
 * in it, the start of the next task is not, and with it the time: the SDK hands the events to the workflow all the same, by the clock of the *last* task,
 * which may be hours ago. A deadline's timer has fired then, and the deadline seems hours away; what is decided by that clock stays, and no replay of the
 * history decides it again. So the query is refused: the SDK forgets the workflow, and builds it anew when the task comes, with its time.
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
          // Every task's start has a time of its own.
          const isEarly = last !== undefined && isReplaying !== true && clock === last.clock && events > last.events;
          if (isEarly) throw new Error(ASKED_TOO_EARLY);
          last = { clock, events };
          next(input);
        },
      },
    ],
  };
}
