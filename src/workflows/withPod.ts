import { ApplicationFailure, condition, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import type { ClaimResult, HealthyPod } from '../model';
import { podHealthySignal, releaseSignal } from './definitions';
import { shielded, startClaim, stoppable } from './proxies';

/** Options of {@link withPod}. */
export interface WithPodOptions {
  /** The deployment whose workers run the claim. */
  deployment: string;
  /** The claim id. While a claim with this id is open, another one is refused. */
  id: string;
  /**
   * Gives the claim Podkeeper's search attributes. Set it only where `podkeeper setup` has registered them; elsewhere your workflow task
   * fails until somebody does. Default `false`, because a workflow can't find out.
   */
  searchAttributes?: boolean;
}

/**
 * The healthy pods of this workflow's claims, by the first run id of the claim's life. One signal handler for all, because each
 * `setHandler` replaces the previous one.
 */
const healthy = new Map<string, HealthyPod>();

/**
 * Rents a pod for the duration of `use`, inside a workflow of your own. The claim is a child workflow. Its pod is ended when `use` returns
 * or throws, when your workflow is cancelled, and, because the child's parent close policy is *request cancel*, when your workflow is
 * terminated or times out.
 *
 * Nothing touches the pod meanwhile: an `idleTimeout` would end it during a longer use. `maxLifetime` is the limit here.
 *
 * @param spec as `Podkeeper.spawn` takes it, without `id`; best without `idleTimeout`
 * @returns what `use` returned, after the pod is proven gone
 * @throws ChildWorkflowFailure when no pod became healthy, or the pod was lost during `use` (which is then cancelled)
 */
export async function withPod<T>(
  options: WithPodOptions,
  spec: Record<string, unknown>,
  use: (pod: HealthyPod) => Promise<T>,
): Promise<T> {
  setHandler(podHealthySignal, ({ life, pod }) => void healthy.set(life, pod));
  const child = await startClaim(options, { spec, notifyParent: true, searchAttributes: options.searchAttributes });
  const life = child.firstExecutionRunId;
  const over = { settled: false };
  const result: Promise<ClaimResult> = child.result().finally(() => {
    over.settled = true;
  });
  result.catch(() => undefined);
  try {
    await condition(() => healthy.has(life) || over.settled);
    const pod = healthy.get(life);
    if (pod === undefined) throw endedTooEarly(await result);
    return await useUntilLost(() => use(pod), result);
  } finally {
    healthy.delete(life);
    await shielded(async () => {
      if (!over.settled) await release(child.workflowId, life).catch(() => undefined);
      await result.catch(() => undefined);
    });
  }
}

/** Not by the child's handle: it signals the run that started the child, which a reset replaces. The life says which claim is meant. */
async function release(workflowId: string, life: string): Promise<void> {
  await getExternalWorkflowHandle(workflowId).signal(releaseSignal, 'the workflow is done with it', life);
}

async function useUntilLost<T>(use: () => Promise<T>, result: Promise<ClaimResult>): Promise<T> {
  const using = stoppable(use);
  const lost = result.then((early) => {
    throw endedTooEarly(early);
  });
  // Handles the rejection of whichever loses the race.
  using.promise.catch(() => undefined);
  lost.catch(() => undefined);
  try {
    return await Promise.race([using.promise, lost]);
  } finally {
    using.stop();
  }
}

function endedTooEarly({ report }: ClaimResult): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'provider',
    message: `the pod of claim ${report.id} ended while it was needed: ${report.end.message}`,
    nonRetryable: true,
    details: [report],
  });
}
