import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { timeSkipping } from '../support/environment';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await timeSkipping();
});
afterAll(() => environment.teardown());

test('the time-skipping server skips a day', async () => {
  const before = await environment.currentTimeMs();
  await environment.sleep('1 day');
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(24 * 3_600_000);
});
