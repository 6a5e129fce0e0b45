import { setTimeout as delay } from 'node:timers/promises';
import type { PodHandle, PodInfo } from '../client';
import { absentWorker } from '../client/absentWorkers';
import type { ClaimEvent } from '../model';
import type { Session } from './connection';
import { CliFailure } from './failure';
import type { Output } from './output';
import { orAborted } from './signals';

export interface FollowOptions {
  /** When to stop following; a claim that has ended stops it in any case. */
  until: (info: PodInfo) => boolean;
  signal?: AbortSignal;
}

const FIRST_POLL_MS = 300;
const LAST_POLL_MS = 2_000;
/** How often it is asked whether the claim has a worker, ms: one that starts takes some seconds. */
const PATIENCE_MS = 30_000;

/** Waits for what becomes of a claim, and meanwhile tells what happens to it; each event once. */
export class ClaimFollower {
  private readonly pod: PodHandle;
  private readonly session: Session;
  private readonly output: Output;
  private told = 0;

  constructor(pod: PodHandle, session: Session, output: Output) {
    this.pod = pod;
    this.session = session;
    this.output = output;
  }

  /** Keeps silent about what has happened so far. */
  async skipPast(): Promise<void> {
    const { claim } = await this.pod.info();
    this.told = claim?.events.at(-1)?.sequence ?? 0;
  }

  /**
   * Waits for something to become true of the claim.
   *
   * @throws CliFailure `unreachable` when no worker serves the claim; as `PodHandle.info` does; and the signal's reason.
   */
  async follow({ until, signal = new AbortController().signal }: FollowOptions): Promise<PodInfo> {
    const startedAt = Date.now();
    let servedAt = startedAt;
    try {
      for (let wait = FIRST_POLL_MS; ; wait = Math.min(LAST_POLL_MS, wait * 1.3)) {
        const info = await orAborted(this.pod.info(), signal);
        this.tellEvents(info);
        if (until(info) || !info.isOpen) return info;
        if (Date.now() - servedAt > PATIENCE_MS) {
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

  private tellEvents({ id, claim }: PodInfo): void {
    for (const event of claim?.events ?? []) {
      // Why a claim failed is the error's to say, once.
      const isSaid = event.type === 'ending' && claim?.end?.reason === 'failed';
      if (event.sequence > this.told && !isSaid) this.output.say(eventLine(id, event));
      this.told = Math.max(this.told, event.sequence);
    }
  }
}

/** An event on a line of its own. */
export function eventLine(id: string, { at, message }: ClaimEvent): string {
  // UTC, and marked so: a terminal shows local time beside it.
  return `${at.slice(11, 19)}Z ${id}: ${message}`;
}

function statusLine({ id, claim, lastObservation, lastError }: PodInfo, elapsedMs: number): string {
  const seen = lastError?.message ?? lastObservation?.message;
  const parts = [`${id} ${claim?.phase ?? 'unanswered'}`, ...(seen === undefined ? [] : [seen])];
  return `${parts.join(', ')} … ${Math.round(elapsedMs / 1_000)}s`;
}

async function refuseUnserved({ client, podkeeper }: Session, { claim }: PodInfo): Promise<void> {
  const why = await absentWorker(client, { deployment: podkeeper.deployment, account: claim?.account });
  if (why !== undefined) throw new CliFailure('unreachable', `${why}. The claim stays, and goes on then`);
}
