import { parseWorkflowId } from '../../model';
import { POD_LIFECYCLE, releaseSignal } from '../../workflows/definitions';
import type { TestPodkeeper } from './options';
import type { OpenWorkReader } from './openWork';
import type { VirtualTime } from './virtualTime';

/** How long claims are given to end their pods, and how often that is looked at, ms of virtual time. */
const PATIENCE_MS = 15 * 60_000;
const LOOK_EVERY_MS = 2_000;

/** Lets claims end as they do, then ends whatever workflow is still open, without ceremony. */
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
      for (let waited = 0; waited < PATIENCE_MS && (await claims()).length > 0; waited += LOOK_EVERY_MS) {
        await sleep(LOOK_EVERY_MS);
      }
    })
    // A claim that gets no further, for instance in an activity that never answers, is ended below.
    .catch(() => undefined);
  const left = await reader.open();
  await Promise.allSettled(left.map(async (open) => await workflow(open).terminate('reset of the test environment')));
}
