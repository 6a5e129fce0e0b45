import { setTimeout as delay } from 'node:timers/promises';
import type { PodHandle, PodInfo } from '../client';
import { absentWorker } from '../client/absentWorkers';
import type { ClaimEvent } from '../model';
import type { Session } from './session';
import { CliFailure } from './failure';
import type { Output } from './output';
import { orAborted } from './signals';

export interface FollowOptions {
  /** When to stop. Following always stops when the claim has ended. */
  until: (info: PodInfo) => boolean;
  signal?: AbortSignal;
}

const FIRST_POLL_MS = 300;
const LAST_POLL_MS = 2_000;
/** How often to check whether the claim has a worker, ms. A starting worker needs some seconds. */
const WORKER_CHECK_MS = 30_000;

/** Waits for a claim to reach a state, and prints its events meanwhile, each once. */
export class ClaimFollower {
  private readonly pod: PodHandle;
  private readonly session: Session;
  private readonly output: Output;
  private lastPrinted = 0;

  constructor(pod: PodHandle, session: Session, output: Output) {
    this.pod = pod;
    this.session = session;
    this.output = output;
  }

  /** Skips the events so far. */
  async skipPast(): Promise<void> {
    const { claim } = await this.pod.info();
    this.lastPrinted = claim?.events.at(-1)?.sequence ?? 0;
  }

  /**
   * Waits until `until` is true or the claim has ended.
   *
   * @throws CliFailure `unreachable` if no worker serves the claim; the errors of `PodHandle.info`; the signal's reason.
   */
  async follow({ until, signal = new AbortController().signal }: FollowOptions): Promise<PodInfo> {
    const startedAt = Date.now();
    let servedAt = startedAt;
    try {
      for (let wait = FIRST_POLL_MS; ; wait = Math.min(LAST_POLL_MS, wait * 1.3)) {
        const info = await orAborted(this.pod.info(), signal);
        this.printEvents(info);
        if (until(info) || !info.isOpen) return info;
        if (Date.now() - servedAt > WORKER_CHECK_MS) {
          await refuseUnserved(this.session, info);
          servedAt = Date.now();
        }
        this.output.status(statusLine(info, Date.now() - startedAt));
        await orAborted(delay(wait), signal);
      }
    } finally {
      this.output.clearStatus();
    }
  }

  private printEvents({ id, claim }: PodInfo): void {
    for (const event of claim?.events ?? []) {
      // The thrown error says why a claim failed; don't say it twice.
      const isInError = (event.type === 'ending' || event.type === 'ended') && claim?.end?.reason === 'failed';
      if (event.sequence > this.lastPrinted && !isInError) this.output.say(eventLine(id, event));
      this.lastPrinted = Math.max(this.lastPrinted, event.sequence);
    }
  }
}

/** One event as a line. */
function eventLine(id: string, { at, message }: ClaimEvent): string {
  // UTC, marked with Z, since a terminal's other times are local.
  return `${at.slice(11, 19)}Z ${id}: ${message}`;
}

function statusLine({ id, claim, lastObservation, lastError }: PodInfo, elapsedMs: number): string {
  const seen = lastError?.message ?? lastObservation?.message;
  const parts = [`${id} ${claim?.phase ?? 'not answering'}`, ...(seen === undefined ? [] : [seen])];
  return `${parts.join(', ')} … ${Math.round(elapsedMs / 1_000)}s`;
}

async function refuseUnserved({ client, podkeeper }: Session, { claim }: PodInfo): Promise<void> {
  const why = await absentWorker(client, { deployment: podkeeper.deployment, account: claim?.account });
  if (why !== undefined)
    throw new CliFailure('unreachable', `${why}. The claim stays open and continues when a worker runs`);
}
