import { randomBytes } from 'node:crypto';
import { startDevServer } from '../../../src/servers';
import type { DevServer } from '../../../src/servers';
import { bound } from '../../../src/model';
import { SimulatedCloud } from '../../../src/simulator';
import { SIMULATED_LAG_MS, SimulatedDeployment } from '../../support/simulatedDeployment';
import { until } from '../../support/until';

const DEPLOYMENT = randomBytes(4).toString('hex');
/** Extra time for a busy machine. */
const SLACK_MS = 60_000;

const cloud = new SimulatedCloud({ listLagMs: SIMULATED_LAG_MS });
let server: DevServer;
let one: SimulatedDeployment;
let other: SimulatedDeployment;

beforeAll(async () => {
  server = await startDevServer({ namespace: 'other' });
  const { address } = server;
  one = await SimulatedDeployment.open({ address, cloud, deployment: DEPLOYMENT });
  other = await SimulatedDeployment.open({ address, cloud, deployment: DEPLOYMENT, namespace: 'other' });
}, 180_000);
afterAll(async () => {
  await one?.close();
  await other?.close();
  await server.kill();
}, 120_000);

async function cutAndEnded(deployment: SimulatedDeployment, claim: string): Promise<void> {
  await deployment.client.workflow.getHandle(deployment.podkeeper.get(claim).workflowId).terminate('a test');
  await ended(deployment, claim);
}

async function ended(deployment: SimulatedDeployment, claim: string): Promise<void> {
  const isOver = () => deployment.podsOf(claim).every(({ endedAt }) => endedAt !== null);
  await until(`the pod of ${claim} ends`, isOver, bound(deployment.settings) + SLACK_MS);
}

test('two control planes with one deployment name on one account: each ends its own, neither touches the other’s, both raise an alarm', async () => {
  for (const [deployment, mark] of [
    [one, 'a'],
    [other, 'b'],
  ] as const) {
    const claims = ['kept', 'cut', 'late'].map((claim) => `${claim}-${mark}`);
    for (const id of claims) await deployment.podkeeper.spawn({ id, image: 'org/image' });
    for (const id of claims) await deployment.healthy(id);
  }
  await Promise.all([cutAndEnded(one, 'cut-a'), cutAndEnded(other, 'cut-b')]);

  // One control plane has no worker now. The other must not touch its orphan, however often it sweeps.
  await other.stopWorker();
  await other.client.workflow.getHandle(other.podkeeper.get('late-b').workflowId).terminate('a test');
  const before = (await one.sweeps()).length;
  await until(
    'the other control plane has swept ten times',
    async () => (await one.sweeps()).length >= before + 10,
    120_000,
  );
  expect(other.endsOf('late-b')).toEqual([]);
  await other.startWorker();
  await ended(other, 'late-b');

  for (const [deployment, kept] of [
    [one, ['kept-a', 'late-a']],
    [other, ['kept-b']],
  ] as const) {
    for (const claim of kept) {
      expect(deployment.endsOf(claim)).toEqual([]);
      await deployment.healthy(claim);
    }
    const events = (await deployment.sweeps()).flatMap((sweep) => sweep.events);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'alarm', message: expect.stringContaining('another Temporal') as string }),
    );
    // Each ended only its own pods, and its events match the ledger.
    const told = events.filter(({ type }) => type === 'delete_accepted').map(({ message }) => message);
    expect(told.filter((message) => message.includes(deployment === one ? '-b-' : '-a-'))).toEqual([]);
  }
  expect(cloud.ledger.billing()).toHaveLength(3);
}, 400_000);
