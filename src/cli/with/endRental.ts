import { setTimeout as delay } from 'node:timers/promises';
import type { PodHandle } from '../../client';
import { isPodkeeperError, messageOf } from '../../model';
import type { ClaimReport } from '../../model';
import type { Session } from '../connection';
import { CliFailure, Interrupted } from '../failure';
import type { ClaimFollower } from '../follow';
import type { Output } from '../output';
import type { StopSignal } from '../signals';
import { leaseMessage } from './lease';

/** What an end works with. */
export interface Rental {
  session: Session;
  output: Output;
  pod: PodHandle;
  follower: ClaimFollower;
  leaseMs: number;
}

/** The end of a rental, under way. */
export interface Ending {
  /** The report, once the pod is proven gone. */
  done: Promise<ClaimReport>;
  /** A signal while it ends: the first is answered, and by the second we leave, if the release was sent. */
  hear: (signal: StopSignal) => void;
}

const CALL_LIMIT_MS = 5_000;
const RETRY_MS = 1_000;

/** Ends the pod: sends the release until it is taken, then waits for the proof. */
export function endRental(rental: Rental, why: string): Ending {
  const { output, pod, follower, leaseMs } = rental;
  const leaving = new AbortController();
  let released = false;
  let heard = 0;
  const run = async () => {
    await release(rental, why);
    released = true;
    await follower.follow({ until: ({ isOpen }) => !isOpen, signal: leaving.signal });
    return (await pod.result()).report;
  };
  return {
    done: run(),
    hear: (signal) => {
      heard += 1;
      if (!released)
        output.say(
          `the end of ${pod.id} could not be asked for yet; still trying. Killed now, ${leaseMessage(leaseMs)}`,
        );
      else if (heard === 1)
        output.say(
          `${pod.id} is ending; waiting for the proof that its pod is gone. Once more leaves it to its worker`,
        );
      else leaving.abort(new Interrupted(signal, `left while ${pod.id} is ending: 'podkeeper get ${pod.id}' shows it`));
    },
  };
}

/** Until the lease has passed for sure: from then on there is nothing left to be asked for. */
async function release({ session, output, pod, leaseMs }: Rental, why: string): Promise<void> {
  const deadline = Date.now() + leaseMs + CALL_LIMIT_MS;
  for (let tries = 1; ; tries += 1) {
    try {
      const limit = Date.now() + CALL_LIMIT_MS;
      await session.client.withDeadline(limit, () => pod.release(why));
      return;
    } catch (error) {
      if (isPodkeeperError(error) && error.kind === 'not_found') throw error;
      if (Date.now() > deadline) {
        const message = `the end of ${pod.id} could not be asked for (${messageOf(error)}); ${leaseMessage(leaseMs)}, once Temporal and a worker run`;
        throw new CliFailure('withFailed', message, { cause: error });
      }
      if (tries === 1) output.say(`the end of ${pod.id} could not be asked for (${messageOf(error)}); trying again`);
    }
    await delay(RETRY_MS);
  }
}
