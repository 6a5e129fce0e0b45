import { randomUUID } from 'node:crypto';
import { Podkeeper } from '../../src/client';
import type { ClaimSummary } from '../../src/client';
import { STOPPED_FROM_OUTSIDE } from '../../src/client/workflowStatus';
import { onDevServer, reached } from '../support/lifecycle';
import type { Stage } from '../support/lifecycle';
import { mockCloud } from '../support/mockCloud';
import { until } from '../support/until';

async function listed(podkeeper: Podkeeper, all = false): Promise<ClaimSummary[]> {
  const claims: ClaimSummary[] = [];
  for await (const claim of podkeeper.list({ all })) claims.push(claim);
  return claims;
}

/** Temporal's lists lag a moment behind. */
async function lists(podkeeper: Podkeeper, expected: object, all = false): Promise<void> {
  let claims: ClaimSummary[] = [];
  const isThere = async () => {
    claims = await listed(podkeeper, all);
    return Object.entries(expected).every(([name, value]) => claims[0]?.[name as keyof ClaimSummary] === value);
  };
  await until(`the list has ${JSON.stringify(expected)}`, isThere).catch(() => undefined);
  expect(claims).toMatchObject([expected]);
}

function podkeeperOf({ env, deployment }: Stage): Podkeeper {
  return new Podkeeper({ client: env.client, deployment, searchAttributes: false });
}

test('a list has phase, owner, price and address without a query', async () => {
  await onDevServer(async (stage) => {
    const podkeeper = podkeeperOf(stage);
    const id = `c-${randomUUID().slice(0, 8)}`;
    stage.clouds.set(`${stage.deployment}/${id}`, mockCloud());
    const pod = await podkeeper.spawn({ image: 'x', id, owner: 'ada' });
    const workflow = stage.env.client.workflow.getHandle(pod.workflowId);
    await reached(workflow, 'healthy');
    const { claim } = await pod.info();
    const known = { hourlyPrice: claim?.pod?.hourlyPrice, address: claim?.pod?.endpoints[0]?.url };
    await lists(podkeeper, { id, owner: 'ada', phase: 'healthy', whyUnknown: null, ...known });
    await pod.terminate();
    await lists(podkeeper, { id, owner: 'ada', phase: 'terminated', address: null }, true);
    expect(await listed(podkeeper)).toEqual([]);
  });
});

test('a claim without a worker is pending, and a stopped one says why its phase is unknown', async () => {
  await onDevServer(
    async (stage) => {
      const podkeeper = podkeeperOf(stage);
      const pod = await podkeeper.spawn({ image: 'x', owner: 'ada' });
      await lists(podkeeper, { id: pod.id, owner: 'ada', phase: 'pending', account: null });
      await stage.env.client.workflow.getHandle(pod.workflowId).terminate('a test');
      await lists(podkeeper, { id: pod.id, phase: null, status: 'TERMINATED' }, true);
      expect((await listed(podkeeper, true))[0]?.whyUnknown).toBe(STOPPED_FROM_OUTSIDE);
    },
    { roles: [] },
  );
});
