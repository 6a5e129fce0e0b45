import { releaseSignal } from '../../src/workflows/definitions';
import { uniqueName } from '../support/environment';
import { infoOf, onDevServer, reached, startClaim } from '../support/lifecycle';
import type { Claim, Stage } from '../support/lifecycle';
import { mockCloud, podOf, refused } from '../support/mockCloud';
import type { MockCloud } from '../support/mockCloud';
import { mockMarket } from '../support/mockMarket';
import { until } from '../support/until';

const ACCOUNTS = ['east', 'west'];

function marketOf(east: MockCloud, west: MockCloud): MockCloud {
  return mockMarket({ east, west }, [{ account: 'east' }, { account: 'west' }]);
}

const full = () => mockCloud({}, () => ({ createPod: async () => await Promise.resolve(refused('no_capacity')) }));

/** Resets a claim to its first task, and returns the run that this made. */
async function resetToStart({ env }: Stage, claim: Claim): Promise<Claim> {
  const { runId } = await claim.describe();
  const { events } = await claim.fetchHistory();
  await env.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: claim.workflowId, runId },
    reason: 'a test',
    requestId: uniqueName('reset'),
    workflowTaskFinishEventId: events?.find((event) => event.workflowTaskCompletedEventAttributes != null)?.eventId,
  });
  return env.client.workflow.getHandle(claim.workflowId);
}

test('a run that a reset made adopts the pod that it finds on any account, ends the others, and numbers on', async () => {
  await onDevServer(
    async (stage) => {
      const [east, west] = [full(), mockCloud()];
      const market = marketOf(east, west);
      const first = await startClaim(stage, market);
      await reached(first, 'healthy');
      const held = west.living[0];
      // Of a late create, on the account that the claim doesn't hold a pod on.
      east.living.push(podOf(`${held?.name.slice(0, -1)}1`));
      const creates = market.calls.createPod.length;

      const claim = await resetToStart(stage, first);
      await reached(claim, 'healthy');
      const info = await infoOf(claim);
      expect(info).toMatchObject({ account: 'west', pod: { id: held?.id } });
      expect(market.calls.createPod).toHaveLength(creates);
      await until('the pod that nobody holds is gone', () => east.living.length === 0);
      expect(info.attempts).toContainEqual(expect.objectContaining({ account: 'east', number: 1, outcome: 'sibling' }));
      expect(info.cost.complete).toBe(false);
      await claim.signal(releaseSignal);
      const { report } = await claim.result();
      expect(report.phase).toBe('terminated');
      expect(market.living).toEqual([]);
    },
    { accounts: ACCOUNTS },
  );
}, 60_000);

test('a run that finds nothing creates under a number that no earlier run used', async () => {
  await onDevServer(
    async (stage) => {
      const [east, west] = [mockCloud(), mockCloud()];
      const market = marketOf(east, west);
      const first = await startClaim(stage, market);
      await reached(first, 'healthy');
      // Ended by hand, so that there is nothing to adopt.
      const [lost] = east.living.splice(0);
      west.living.push(podOf(`${lost?.name.slice(0, -1)}4`, { gpu: 'other', gpuCount: 1 }));
      const stray = west.living[0];
      stopFitting(west);

      const claim = await resetToStart(stage, first);
      await reached(claim, 'healthy');
      expect(west.living).toEqual([]);
      expect(east.living.map(({ name }) => name.split('-').at(-1))).toEqual(['5']);
      expect((await infoOf(claim)).attempts).toContainEqual(
        expect.objectContaining({ account: 'west', podId: stray?.id, outcome: 'sibling' }),
      );
      await claim.signal(releaseSignal);
      await claim.result();
      expect(market.living).toEqual([]);
    },
    { accounts: ACCOUNTS },
  );
}, 60_000);

/** Makes the pods of a cloud fit no offer, as a provider's adapter would find. */
function stopFitting(cloud: MockCloud): void {
  const { locateLife } = cloud.activities;
  cloud.activities = {
    ...cloud.activities,
    locateLife: async (input) => {
      const answer = await locateLife(input);
      return answer.outcome === 'found'
        ? { ...answer, pods: answer.pods.map(({ pod }) => ({ pod, fits: [] })) }
        : answer;
    },
  };
}
