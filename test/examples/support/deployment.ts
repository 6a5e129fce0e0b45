import { Client } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import { inDeployment } from '../../support/e2e';
import type { Deployment } from '../../support/e2eDeployment';
import { discardSpareWorker } from '../../support/e2eWorkerProcess';
import { devServerAddress, devServerConnection } from '../../support/environment';

/** Runs each test of a file in a deployment of its own on the run's dev server. In the end no pod may be left, whoever rented it. */
export function onRunsServer() {
  let connection: Connection | undefined;
  beforeAll(async () => {
    connection = await devServerConnection();
  });
  afterAll(async () => {
    await discardSpareWorker();
    await connection?.close();
  });
  return (use: (here: Deployment) => Promise<void>) => async (): Promise<void> => {
    const server = { address: devServerAddress() };
    await inDeployment({ server, client: new Client({ connection }) }, use, { limitMs: 110_000 });
  };
}

/** What a program is told of where it is, as `podkeeper dev` says it. */
export function environmentOf({ address, name }: Deployment): NodeJS.ProcessEnv {
  return { TEMPORAL_ADDRESS: address, PODKEEPER_DEPLOYMENT: name };
}
