import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Client, UpdateDefinition } from '@temporalio/client';
import { PodkeeperError, workflowIdOf } from '../model';
import type { ClaimInfo, ClaimReport, ClaimResult } from '../model';
import { lifeOverMessage, releaseSignal } from '../workflows/definitions';
import type { PodLifecycle } from '../workflows/definitions';
import { absentWorker, unansweredMessage } from './absentWorkers';
import { askClaim } from './askClaim';
import { describeLife, describeRun } from './claimRuns';
import type { ClaimRun } from './claimRuns';
import { isUnanswered, readFailure, temporalError } from './failures';
import { longCall } from './longCall';

/** How long a worker may take to answer a query before the claim is described without it, ms. */
const QUERY_TIMEOUT_MS = 5_000;
/** The longest timeout of Node's timers, ms: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * One life of a claim. It reads this life only, and what it sends reaches this life or nobody. The life is given at the start, or it is the
 * one that is alive at the first call.
 */
export class ClaimLife {
  readonly id: string;
  readonly workflowId: string;
  readonly deployment: string;
  readonly #client: Client;
  readonly #workerTimeoutMs: number;
  #life: string | undefined;

  /** @param workerTimeoutMs how long no worker may answer before it checks whether there is one */
  constructor(
    client: Client,
    { deployment, id, life }: { deployment: string; id: string; life?: string },
    workerTimeoutMs: number,
  ) {
    this.#client = client;
    this.#workerTimeoutMs = workerTimeoutMs;
    this.deployment = deployment;
    this.#life = life;
    this.id = id;
    this.workflowId = workflowIdOf(deployment, id);
  }

  /** The id of the life's first run; `null` before the first call. */
  get life(): string | null {
    return this.#life ?? null;
  }

  /**
   * The newest run of this life.
   *
   * @throws PodkeeperError `not_found` when there is none
   */
  async run(): Promise<ClaimRun> {
    try {
      if (this.#life !== undefined) return await describeLife(this.#client, this.workflowId, this.#life);
      const newest = await describeRun(this.#client, this.workflowId);
      // Of two concurrent calls, the first one's answer counts.
      this.#life ??= newest.life;
      return newest.life === this.#life ? newest : await this.run();
    } catch (error) {
      throw temporalError(error, this);
    }
  }

  /** Queries a run for the claim's state; `null` when no worker answers in time. */
  async ask({ runId }: ClaimRun): Promise<ClaimInfo | null> {
    try {
      return await askClaim(this.#client, { workflowId: this.workflowId, runId }, QUERY_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || !isUnanswered(error)) throw temporalError(error, this);
      return null;
    }
  }

  /**
   * Requests the end. Does nothing when the claim has ended.
   *
   * @throws PodkeeperError `not_found`, `transport`
   */
  async release(message: string | undefined): Promise<void> {
    const life = this.#life ?? (await this.run()).life;
    try {
      await this.#client.workflow.getHandle(this.workflowId).signal(releaseSignal, message, life);
    } catch (error) {
      // A closed workflow takes no signal, which is fine. A workflow that never existed is an error.
      if (!(error instanceof WorkflowNotFoundError)) throw temporalError(error, this);
      await this.run();
    }
  }

  /**
   * Executes an update for this life.
   *
   * @throws PodkeeperError `conflict` when the life is over; `transport` when no worker answers in time; the workflow's rejection
   */
  async update<Result, Args extends [unknown, ...unknown[]]>(
    definition: UpdateDefinition<Result, Args>,
    argsFor: (life: string) => Args,
  ): Promise<Result> {
    const life = this.#life ?? (await this.run()).life;
    const chain = this.#client.workflow.getHandle(this.workflowId, undefined, { firstExecutionRunId: life });
    try {
      const execute = () => chain.executeUpdate(definition, { args: argsFor(life) });
      const limitMs = this.#workerTimeoutMs;
      return await (limitMs === Infinity ? execute() : this.#client.withDeadline(Date.now() + limitMs, execute));
    } catch (error) {
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw await this.unanswered(error);
      if (!(error instanceof WorkflowNotFoundError)) throw temporalError(error, this);
      await this.run();
      throw this.over(error);
    }
  }

  /**
   * Waits for the end of this life.
   *
   * @param unserved called once when no worker has served the claim for `workerTimeoutMs`; an error that it throws ends the wait
   * @throws PodkeeperError as `PodHandle.result` does
   */
  async result(unserved: (why: string) => void): Promise<ClaimResult> {
    const over = new AbortController();
    const result = this.end(over.signal);
    const watch = this.untilUnserved(over.signal).then(async (why) => {
      if (why !== undefined) unserved(why);
      return await result;
    });
    // Nobody awaits the loser of the race.
    result.catch(() => undefined);
    watch.catch(() => undefined);
    try {
      return await Promise.race([result, watch]);
    } finally {
      over.abort();
    }
  }

  /**
   * Rejects when no worker has answered for too long and there is none.
   *
   * @param answeredAt time of the last answer by `performance.now()`: in virtual time too, workers take real time
   * @throws PodkeeperError `transport`
   */
  async refuseUnserved(answeredAt: number): Promise<void> {
    if (performance.now() - answeredAt < this.#workerTimeoutMs) return;
    const why = await this.absentWorker();
    if (why === undefined) return;
    throw new PodkeeperError('transport', `${why}. Claim ${this.id} stays open and continues when one does`);
  }

  private async end(signal: AbortSignal): Promise<ClaimResult> {
    for (;;) {
      const { runId } = await this.run();
      try {
        const workflow = this.#client.workflow.getHandle<PodLifecycle>(this.workflowId, runId);
        return await longCall(this.#client, signal, () => workflow.result());
      } catch (error) {
        if (!(error instanceof WorkflowFailedError)) throw temporalError(error, this);
        const failure = readFailure(error, this.id);
        if (failure.how === 'cancelled') return await this.cancelledResult();
        if (failure.how === 'failed' && failure.result !== undefined) return failure.result;
        // A reset closes a run as terminated, and continues in another.
        if (failure.how === 'failed' || (await this.run()).runId === runId) throw failure.error;
      }
    }
  }

  /** Resolves with the reason once no worker serves the claim, or with `undefined` when the signal aborts. */
  private async untilUnserved(signal: AbortSignal): Promise<string | undefined> {
    const everyMs = Math.min(this.#workerTimeoutMs, LONGEST_TIMER_MS);
    for (;;) {
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return undefined;
      const why = await this.absentWorker().catch(() => undefined);
      if (why !== undefined) return why;
    }
  }

  /** Explains that no worker serves this life; `undefined` when one does, the life is over, or it is unknown. */
  private async absentWorker(): Promise<string | undefined> {
    const run = await this.run();
    if (!run.isOpen) return undefined;
    const account = (await this.ask(run))?.account;
    return await absentWorker(this.#client, { deployment: this.deployment, account });
  }

  /** The error when no worker answered. */
  async unanswered(cause?: unknown): Promise<PodkeeperError> {
    const message = await unansweredMessage(this.#client, { deployment: this.deployment });
    return new PodkeeperError('transport', `claim ${this.id}: ${message}`, { cause });
  }

  /** The error for calls that need a living claim. */
  over(cause?: unknown): PodkeeperError {
    return new PodkeeperError('conflict', lifeOverMessage(this.id), { cause });
  }

  private async cancelledResult(): Promise<ClaimResult> {
    const run = await this.run();
    const { memo } = await this.#client.workflow.getHandle(this.workflowId, run.runId).describe();
    const { report } = (memo ?? {}) as { report?: ClaimReport };
    if (report !== undefined) {
      const claim = await this.ask(run).catch(() => null);
      return { report, events: claim?.events ?? [] };
    }
    throw new PodkeeperError(
      'unknown',
      `the workflow of claim ${this.id} was cancelled before its first task: it made no pod`,
    );
  }
}
