import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, UpdateDefinition } from '@temporalio/client';
import { PodkeeperError, workflowIdOf } from '../model';
import type { ClaimInfo, ClaimReport, ClaimResult } from '../model';
import { lifeOverMessage, releaseSignal } from '../workflows/definitions';
import type { PodLifecycle } from '../workflows/definitions';
import { askClaim } from './askClaim';
import { describeLife, describeRun } from './claimRuns';
import type { ClaimRun } from './claimRuns';
import { isUnanswered, readFailure, temporalError } from './failures';

/** How long a worker may take to answer a query before the claim is described without it, ms. */
const QUERY_TIMEOUT_MS = 5_000;

/**
 * One life of a claim, and no other: what is read is this life's, and what is sent reaches this life or nobody. Which life it is was either said at
 * the start, or is the one that lives when Temporal is asked first.
 */
export class ClaimLife {
  readonly id: string;
  readonly workflowId: string;
  readonly #client: Client;
  #life: string | undefined;

  constructor(client: Client, { deployment, id, life }: { deployment: string; id: string; life?: string }) {
    this.#client = client;
    this.#life = life;
    this.id = id;
    this.workflowId = workflowIdOf(deployment, id);
  }

  /** The id of the life's first run; `null` before Temporal was asked. */
  get life(): string | null {
    return this.#life ?? null;
  }

  /** The newest run of this life. @throws PodkeeperError `not_found` when there is none. */
  async run(): Promise<ClaimRun> {
    try {
      if (this.#life !== undefined) return await describeLife(this.#client, this.workflowId, this.#life);
      const newest = await describeRun(this.#client, this.workflowId);
      // Two that ask at once are answered by the first.
      this.#life ??= newest.life;
      return newest.life === this.#life ? newest : await this.run();
    } catch (error) {
      throw temporalError(error, this.id);
    }
  }

  /** A run's own word on the claim; `null` when no worker answers in time. */
  async ask({ runId }: ClaimRun): Promise<ClaimInfo | null> {
    try {
      return await askClaim(this.#client, { workflowId: this.workflowId, runId }, QUERY_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || !isUnanswered(error)) throw temporalError(error, this.id);
      return null;
    }
  }

  /** Asks for the end. Nothing happens when it has come already. @throws PodkeeperError `not_found`, `transport`. */
  async release(message: string | undefined): Promise<void> {
    const life = this.#life ?? (await this.run()).life;
    try {
      await this.#client.workflow.getHandle(this.workflowId).signal(releaseSignal, message, life);
    } catch (error) {
      // A closed workflow takes no signal; only one that never was is an error.
      if (!(error instanceof WorkflowNotFoundError)) throw temporalError(error, this.id);
      await this.run();
    }
  }

  /** Executes an update that names the life. @throws PodkeeperError `conflict` when the life is over; as the workflow rejects it. */
  async update<Result, Args extends [unknown, ...unknown[]]>(
    definition: UpdateDefinition<Result, Args>,
    argsFor: (life: string) => Args,
  ): Promise<Result> {
    const life = this.#life ?? (await this.run()).life;
    const chain = this.#client.workflow.getHandle(this.workflowId, undefined, { firstExecutionRunId: life });
    try {
      return await chain.executeUpdate(definition, { args: argsFor(life) });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw temporalError(error, this.id);
      await this.run();
      throw this.over(error);
    }
  }

  /** Waits for the end of this life. @throws PodkeeperError as `PodHandle.result` does. */
  async result(): Promise<ClaimResult> {
    for (;;) {
      const { runId } = await this.run();
      try {
        return await this.#client.workflow.getHandle<PodLifecycle>(this.workflowId, runId).result();
      } catch (error) {
        if (!(error instanceof WorkflowFailedError)) throw temporalError(error, this.id);
        const failure = readFailure(error, this.id);
        if (failure.how === 'cancelled') return await this.cancelledResult();
        if (failure.how === 'failed' && failure.result !== undefined) return failure.result;
        // A reset closes a run as if it were terminated, and goes on in another.
        if (failure.how === 'failed' || (await this.run()).runId === runId) throw failure.error;
      }
    }
  }

  /** What is answered to all that needs a life that goes on. */
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
