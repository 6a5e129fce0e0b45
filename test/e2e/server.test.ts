import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startDevServer } from '../../src/servers';
import type { DevServer } from '../../src/servers';
import { inDeployment } from '../support/e2e';
import { requireFreshBuild } from '../support/e2eBuild';
import { SERVER, STUBBORN } from '../support/e2eSetup';
import { discardSpareWorker } from '../support/e2eWorkerProcess';

let directory: string;
let server: DevServer;
let client: Client;

beforeAll(requireFreshBuild);
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'podkeeper-e2e-server-'));
  server = await startDevServer({ databaseFile: join(directory, 'temporal.db') });
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
});
afterEach(async () => {
  await client.connection.close();
  await server.kill();
  rmSync(directory, { recursive: true, force: true });
});
afterAll(discardSpareWorker);

async function restart(): Promise<void> {
  const { port } = server;
  await server.kill();
  server = await startDevServer({ databaseFile: join(directory, 'temporal.db'), port });
}

test('a claim stays healthy when the server is killed and restarted on its file', async () => {
  await inDeployment({ server, client }, async (here) => {
    await here.startWorker();
    const pod = await here.spawn(SERVER);
    const { pod: held, deadlines } = await here.reaches(pod, 'healthy');
    await restart();
    const after = await here.reaches(pod, 'healthy');
    expect(after).toMatchObject({ pod: { id: held?.id }, deadlines });
    expect(here.living()).toEqual([held?.name]);
    await pod.touch();
    const report = await pod.terminate();
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' }, attempts: [{ outcome: 'held' }] });
    expect(here.living()).toEqual([]);
  });
});

test('a pod that is ending is ended when the server is killed and restarted on its file', async () => {
  await inDeployment({ server, client }, async (here) => {
    await here.startWorker({ stopGraceMs: 3_000 });
    const pod = await here.spawn(STUBBORN);
    await here.reaches(pod, 'healthy');
    await pod.release();
    await here.journalled('terminate');
    await restart();
    const { report } = await pod.result();
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' }, attempts: [{ outcome: 'held' }] });
    expect(here.living()).toEqual([]);
  });
});
