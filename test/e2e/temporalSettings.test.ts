import { Client } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import { MAX_CLAIM_LENGTH, accountQueue, workflowIdOf } from '../../src/model';
import { devServerConnection, uniqueName } from '../support/environment';
import { temporalSettings } from '../support/temporalSettings';

let connection: Connection;
beforeAll(async () => {
  connection = await devServerConnection();
});
afterAll(async () => await connection.close());

test('the dev server of the tests has the settings of config/temporal.yaml', async () => {
  const limit = Number(temporalSettings()['limit.maxIDLength']);

  // Temporal's own default is 1,000.
  await expect(start('i'.repeat(limit + 1))).rejects.toMatchObject({
    cause: { details: expect.stringMatching(/WorkflowId length/i) as string },
  });
  await expect(start(`${uniqueName('settings')}-`.padEnd(limit, 'i'))).resolves.toBeDefined();
});

test('the longest ids of Podkeeper are far below the limit', () => {
  const deployment = 'd'.repeat(8);
  const longest = 'n'.repeat(MAX_CLAIM_LENGTH);
  const ids = [workflowIdOf(deployment, longest), accountQueue(deployment, longest, 'spend')];

  expect(Math.max(...ids.map(({ length }) => length))).toBe(61);
});

async function start(workflowId: string): Promise<unknown> {
  const handle = await new Client({ connection }).workflow.start('nobodyHasIt', {
    workflowId,
    taskQueue: uniqueName('settings'),
  });
  await handle.terminate();
  return handle;
}
