import { ApplicationFailure, condition, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import type { ClaimResult, HealthyPod } from '../model';
import { podHealthySignal, releaseSignal } from './definitions';
import { shielded, startClaim, stoppable } from './proxies';

/** Which claim {@link withPod} rents under. */
export interface WithPodOptions {
  /** The deployment whose workers run the claim. */
  deployment: string;
  /** The claim id; the same id at the same time is the same claim, and is refused. */
  id: string;
  /**
   * Gives the claim Podkeeper's search attributes. Only where `podkeeper setup` has registered them: elsewhere your workflow gets no further until
   * somebody does. Default `false`: a workflow can't find out by itself.
   */
  searchAttributes?: boolean;
}

/** The healthy pods of this workflow's claims, by the first run of the claim's life; one handler, since each `setHandler` replaces the one before. */
const healthy = new Map<string, HealthyPod>();

/**
 * Rents a pod for the length of `use`, inside a workflow of your own; the pod is a child workflow and is ended whatever happens: when `use`
 * returns or throws, when your workflow is cancelled, and, since the child's parent close policy is *request cancel*, when it is terminated or times out.
 *
 * Nothing touches the pod meanwhile: with an `idleTimeout` it would end in the middle of a longer use. `maxLifetime` is what bounds it here.
 *
 * @param spec as `Podkeeper.spawn` takes it, less `id`; best without `idleTimeout`.
 * @returns what `use` returned, after the pod is proven gone.
 * @throws ChildWorkflowFailure when no healthy pod came of it, or the pod was lost while `use` ran (which is cancelled then).
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

/** Not by the child's handle: its signals are of the run that started the child, and after a reset that is another. The life says which claim is meant. */
async function release(workflowId: string, life: string): Promise<void> {
  await getExternalWorkflowHandle(workflowId).signal(releaseSignal, 'the workflow is done with it', life);
}

async function useUntilLost<T>(use: () => Promise<T>, result: Promise<ClaimResult>): Promise<T> {
  const using = stoppable(use);
  const lost = result.then((early) => {
    throw endedTooEarly(early);
  });
  // Whichever loses the race has its failure heard.
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
