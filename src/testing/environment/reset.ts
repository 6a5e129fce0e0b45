import { parseWorkflowId } from '../../model';
import { POD_LIFECYCLE, releaseSignal } from '../../workflows/definitions';
import type { TestPodkeeper } from './options';
import type { OpenWorkReader } from './openWork';
import type { VirtualTime } from './virtualTime';

/** How long to wait for claims to end their pods, and the poll interval, ms of virtual time. */
const END_LIMIT_MS = 15 * 60_000;
const POLL_MS = 2_000;

/** Ends claims normally, then terminates the workflows that are still open. */
export async function endOpenWorkflows({
  env,
  podkeeper,
  reader,
  time,
}: Pick<TestPodkeeper, 'env' | 'podkeeper'> & { reader: OpenWorkReader; time: VirtualTime }): Promise<void> {
  const workflow = ({ workflowId, runId }: { workflowId: string; runId: string }) =>
    env.client.workflow.getHandle(workflowId, runId);
  const claims = async () =>
    (await reader.open()).filter(
      ({ workflowId, type }) =>
        type === POD_LIFECYCLE && parseWorkflowId(workflowId)?.deployment === podkeeper.deployment,
    );
  const released = await claims();
  await Promise.allSettled(released.map(async (claim) => await workflow(claim).signal(releaseSignal, 'reset')));
  await time
    .wait('reset()', async (sleep) => {
      for (let waited = 0; waited < END_LIMIT_MS && (await claims()).length > 0; waited += POLL_MS) {
        await sleep(POLL_MS);
      }
    })
    // A claim that is stuck, for instance in an activity that never returns, is terminated below.
    .catch(() => undefined);
  const left = await reader.open();
  await Promise.allSettled(left.map(async (open) => await workflow(open).terminate('reset of the test environment')));
}
