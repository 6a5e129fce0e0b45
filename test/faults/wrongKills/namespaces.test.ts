import { Client } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import { lifeOf } from '../../../src/activities';
import { formatPodName, workflowIdOf, workflowQueue } from '../../../src/model';
import { describeOwner } from '../../../src/reaper';
import { POD_LIFECYCLE } from '../../../src/workflows/definitions';
import { devServerConnection, uniqueName } from '../../support/environment';
import { IDENTITY, SweepStage } from '../../support/sweepStage';

const MINUTE = 60_000;

let connection: Connection;
const claims = [1, 2, 3, 4].map(() => uniqueName('claim'));
const names: string[] = [];

beforeAll(async () => {
  connection = await devServerConnection();
  const { workflow } = new Client({ connection });
  for (const claim of claims) {
    const { firstExecutionRunId } = await workflow.start(POD_LIFECYCLE, {
      workflowId: workflowIdOf(IDENTITY.deployment, claim),
      taskQueue: workflowQueue(IDENTITY.deployment),
      memo: { notAfter: '2999-01-01T00:00:00.000Z' },
    });
    names.push(formatPodName({ ...IDENTITY, claim, life: lifeOf(firstExecutionRunId), attempt: 1 }));
  }
}, 60_000);
afterAll(async () => {
  const { workflow } = new Client({ connection });
  for (const claim of claims) await workflow.getHandle(workflowIdOf(IDENTITY.deployment, claim)).terminate();
  await connection.close();
}, 60_000);

/** A reaper that looks up claims in a namespace of a real Temporal. */
async function stageAsking(namespace: string): Promise<SweepStage> {
  const client = new Client({ connection, namespace });
  const stage = new SweepStage({ ownerOf: async (workflowId) => await describeOwner(client, workflowId) });
  for (const name of names) await stage.pod(name);
  await stage.sweepFor(30 * MINUTE);
  expect(stage.told()).toEqual([]);
  return stage;
}

test('the namespace in which the claims are: all live', async () => {
  const { results } = await stageAsking('default');
  expect(results.at(-1)?.survey?.counts).toMatchObject({ alive: names.length });
}, 60_000);

test('a namespace in which they are not: no owner is found, and the brake holds', async () => {
  const stage = await stageAsking('temporal-system');
  expect(stage.results.at(-1)?.survey?.counts).toMatchObject({ owner_not_found: names.length });
  expect(stage.alarmsRaised()).toEqual(['brake']);
}, 60_000);

test('a namespace that is not there: nothing is known of any, and nothing is remembered', async () => {
  const stage = await stageAsking('nowhere');
  expect(stage.results.at(-1)?.survey?.counts).toMatchObject({ unknown: names.length });
  expect(stage.results.at(-1)?.memory.suspects).toEqual([]);
}, 60_000);
