import { setTimeout as delay } from 'node:timers/promises';
import type { PodHandle } from '../../client';
import { isPodkeeperError, messageOf } from '../../model';
import type { ClaimReport } from '../../model';
import type { Session } from '../session';
import { CliFailure, Interrupted } from '../failure';
import type { ClaimFollower } from '../follow';
import type { Output } from '../output';
import type { StopSignal } from '../signals';
import { leaseMessage } from './lease';

/** A pod rented by `with`. */
export interface Rental {
  session: Session;
  output: Output;
  pod: PodHandle;
  follower: ClaimFollower;
  leaseMs: number;
}

/** A rental that is ending. */
export interface Ending {
  /** The report, once the pod is proven gone. */
  done: Promise<ClaimReport>;
  /** Handles a stop signal meanwhile. The first prints a message; the second stops waiting, once the release was sent. */
  handleSignal: (signal: StopSignal) => void;
}

const CALL_LIMIT_MS = 5_000;
const RETRY_MS = 1_000;

/** Ends the pod: retries the release until it is accepted, then waits until the pod is proven gone. */
export function endRental(rental: Rental, why: string): Ending {
  const { output, pod, follower, leaseMs } = rental;
  const leaving = new AbortController();
  let released = false;
  let signals = 0;
  const run = async () => {
    await release(rental, why);
    released = true;
    await follower.follow({ until: ({ isOpen }) => !isOpen, signal: leaving.signal });
    return (await pod.result()).report;
  };
  return {
    done: run(),
    handleSignal: (signal) => {
      signals += 1;
      if (!released)
        output.say(
          `${pod.id} could not be asked to end yet; still trying. If this process is killed now, ${leaseMessage(leaseMs)}`,
        );
      else if (signals === 1)
        output.say(
          `${pod.id} is ending; waiting until its pod is proven gone. Send the signal again to leave that to the worker`,
        );
      else
        leaving.abort(
          new Interrupted(signal, `stopped waiting; ${pod.id} is still ending. Check with 'podkeeper get ${pod.id}'`),
        );
    },
  };
}

/** Retries until the lease has surely expired, since the pod then ends anyway. */
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
        const message = `${pod.id} could not be asked to end (${messageOf(error)}); ${leaseMessage(leaseMs)}, once Temporal and a worker run`;
        throw new CliFailure('withFailed', message, { cause: error });
      }
      if (tries === 1) output.say(`${pod.id} could not be asked to end (${messageOf(error)}); trying again`);
    }
    await delay(RETRY_MS);
  }
}
