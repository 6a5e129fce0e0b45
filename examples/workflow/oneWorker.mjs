// @ts-check
/**
 * One worker for your workflows and Podkeeper's, on Podkeeper's task queue, so that no other is needed. It uses the accounts in podkeeper.yaml or, without
 * that file, as here, this machine.
 */
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { PodkeeperWorker, loadConfiguration } from 'podkeeper/worker';
import * as activities from './activities.mjs';

const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const worker = await PodkeeperWorker.create({
    connection,
    namespace,
    ...loadConfiguration({ env: process.env, cwd: process.cwd(), hostname: hostname() }),
    workflowsPath: fileURLToPath(new URL('allWorkflows.mjs', import.meta.url)),
    activities,
  });
  await worker.run();
} finally {
  await connection.close();
}
