import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { startDevServer } from '../../src/servers';
import type { DevServer, DevServerOptions } from '../../src/servers';
import { Deployment } from './e2eDeployment';
import type { DeploymentOptions } from './e2eDeployment';
import { requireFreshBuild } from './e2eBuild';
import { ScramblingCodec } from './e2eSetup';
import { discardSpareWorker } from './e2eWorkerProcess';
import { temporalSettings } from './temporalSettings';

/** What the tests of one file share. */
export interface Temporal {
  server: DevServer;
  client: Client;
}

/**
 * Starts a dev server for a test file and ends it after. What it answers makes a test: it is given a deployment of its own on that server,
 * which is closed and judged whatever happens in the test.
 */
export function onDevServer(options: DevServerOptions & { scrambled?: boolean } = {}) {
  let temporal: Temporal | undefined;
  beforeAll(async () => {
    requireFreshBuild();
    const server = await startDevServer({
      ...options,
      dynamicConfig: { ...temporalSettings(), ...options.dynamicConfig },
    });
    const connection = await Connection.connect({ address: server.address });
    const dataConverter = options.scrambled === true ? { payloadCodecs: [new ScramblingCodec()] } : undefined;
    temporal = { server, client: new Client({ connection, dataConverter }) };
  });
  afterAll(async () => {
    await discardSpareWorker();
    await temporal?.client.connection.close();
    await temporal?.server.kill();
  });
  return (use: (here: Deployment) => Promise<void>) => async (): Promise<void> => {
    if (temporal === undefined) throw new Error('the dev server was not started');
    await inDeployment(temporal, use);
  };
}

/** Below jest's own limit, so that a test that hangs is still cleaned up after, and tells what it waited for. ms. */
const TEST_LIMIT_MS = 55_000;

/** Runs one test in a deployment of its own. */
export async function inDeployment(
  { server, client }: { server: Pick<DevServer, 'address'>; client: Client },
  use: (here: Deployment) => Promise<void>,
  {
    limitMs = TEST_LIMIT_MS,
    ...options
  }: { limitMs?: number } & Pick<DeploymentOptions, 'patienceMs' | 'sampleMs'> = {},
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-e2e-'));
  const here = new Deployment({ client, address: server.address, directory, ...options });
  const over = new AbortController();
  const limit = pause(limitMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`the test is not over after ${limitMs} ms`);
  });
  try {
    await Promise.race([limit, judged(here, use)]);
  } catch (error) {
    await here.close();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${here.story()}`, { cause: error });
  } finally {
    over.abort();
    await limit.catch(() => undefined);
    if (process.env['PODKEEPER_TEST_KEEP'] === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

async function judged(here: Deployment, use: (here: Deployment) => Promise<void>): Promise<void> {
  await use(here);
  await here.close();
  await here.judge();
}
