import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDevServer } from '../../src/servers';
import type { DevServer } from '../../src/servers';
import { read } from '../docs/markdown';
import { temporalSettings } from '../support/temporalSettings';
import { until } from '../support/until';
import { buildImage } from './support/image';
import type { Image, Running } from './support/image';
import type { Outcome } from './support/project';

const CONFIGURATION = `
deployment: image
accounts: { here: { provider: local } }
settings: { bootPoll: 300ms, bootSnapshot: 200ms, listLag: 1s }
`;

let image: Image;
let server: DevServer;
let worker: Running;

beforeAll(async () => {
  image = buildImage();
  server = await startDevServer({ dynamicConfig: temporalSettings() });
  writeFileSync(join(image.home, 'podkeeper.yaml'), CONFIGURATION);
  writeFileSync(join(image.home, 'hello.yaml'), read('examples/hello.yaml'));
  worker = image.start(environment());
}, 300_000);
afterAll(async () => {
  worker.kill('SIGTERM');
  await worker.ended;
  await server.kill();
  image.remove();
}, 120_000);

test('holds nothing but what the worker needs', () => {
  const installed = readdirSync(join(image.directory, 'node_modules'));

  expect(readdirSync(image.directory).toSorted()).toEqual(['bin', 'dist', 'node_modules', 'package.json']);
  expect(installed).toContain('@temporalio');
  expect(installed.filter((name) => /^(jest|typescript|prettier|oxlint|@swc\/jest|publint)$/.test(name))).toEqual([]);
});

test('refuses to start without a configuration, and says which file it misses', async () => {
  const { code, stderr } = await image.start({ ...environment(), PODKEEPER_CONFIG: '/none/podkeeper.yaml' }).ended;

  expect(code).toBe(2);
  expect(stderr).toContain('/none/podkeeper.yaml: does not exist');
});

test('its worker becomes healthy, rents, ends what it has rented, and stops by SIGTERM', async () => {
  const isHealthy = async () => (await podkeeper('worker', '--check')).code === 0;
  await until('the health check passes', isHealthy, 120_000);
  expect(await podkeeper('spawn', join(image.home, 'hello.yaml'), '--wait')).toMatchObject({ code: 0 });
  expect(await podkeeper('terminate', 'hello')).toMatchObject({ code: 0 });

  worker.kill('SIGTERM');
  const { code, stderr } = await worker.ended;
  expect(stderr).toContain('worker stopped');
  expect(code).toBe(0);
}, 300_000);

test('a package that the image lacks would be found', async () => {
  rmSync(join(image.directory, 'node_modules', 'zod'), { recursive: true });

  expect(await podkeeper('worker', '--check')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Cannot find module 'zod'") as string,
  });
});

/** Runs a command beside the worker, as `docker compose exec worker` does. */
async function podkeeper(...args: string[]): Promise<Outcome> {
  return await image.start(environment(), ['podkeeper', ...args]).ended;
}

function environment(): Record<string, string> {
  return { TEMPORAL_ADDRESS: server.address, PODKEEPER_CONFIG: join(image.home, 'podkeeper.yaml') };
}
