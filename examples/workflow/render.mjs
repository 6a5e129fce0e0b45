// @ts-check
/** Starts the workflow for a scene, and waits for its result. Ctrl-C cancels it, which first ends its pod. */
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

const [scene = 'dawn', frames = '5'] = process.argv.slice(2);
const deployment = process.env.PODKEEPER_DEPLOYMENT;
if (deployment === undefined) throw new Error("set PODKEEPER_DEPLOYMENT to the deployment that 'podkeeper dev' names");

const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const client = new Client({ connection, namespace });
try {
  /** @type {import('@temporalio/client').WorkflowHandleWithFirstExecutionRunId<typeof import('./workflows.mjs').renderScene>} */
  const render = await client.workflow.start('renderScene', {
    taskQueue: process.env.TASK_QUEUE ?? 'renders',
    workflowId: `render/${scene}`,
    args: [{ deployment, scene, frames: Number(frames) }],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void render.cancel());
  console.log(`started ${render.workflowId}`);
  for (const frame of await render.result()) console.log(frame);
} catch (error) {
  if (!(error instanceof WorkflowFailedError)) throw error;
  console.error(error.cause?.message ?? error.message);
  process.exitCode = 1;
} finally {
  await connection.close();
}
