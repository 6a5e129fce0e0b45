// @ts-check
/** Your own worker, on your own task queue, in addition to Podkeeper's workers (`podkeeper dev` or `podkeeper worker`). */
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import * as activities from './activities.mjs';

const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: 'renders',
    workflowsPath: fileURLToPath(new URL('workflows.mjs', import.meta.url)),
    activities,
  });
  await worker.run();
} finally {
  await connection.close();
}
