import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../src/model';
import { type DevServer, type DevServerOptions, findServer, progressPrinter, startDevServer } from '../../src/servers';
import { temporalSettings } from './temporalSettings';

/**
 * Gives the run's tests what `environment.ts` reads: the time-skipping server's path, the address of one dev
 * server under the settings of `config/temporal.yaml`, and the workflow bundle. An address that is set already is used instead of a server of ours.
 */
export async function provideTemporal(rootDir: string): Promise<DevServer | undefined> {
  const report = progressPrinter(process.stderr);
  process.env.PODKEEPER_TEST_TIME_SKIPPING = (await findServer('time-skipping', { report })).path;
  await provideBundle(rootDir);
  if (process.env.PODKEEPER_TEST_ADDRESS) {
    return undefined;
  }
  const server = await startDevServer({
    report,
    dynamicConfig: temporalSettings(),
    searchAttributes: searchAttributes(),
  });
  process.env.PODKEEPER_TEST_ADDRESS = server.address;
  return server;
}

/** As `podkeeper setup` registers them. */
function searchAttributes(): DevServerOptions['searchAttributes'] {
  const word = { KEYWORD: 'Keyword', DOUBLE: 'Double' } as const;
  return Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, word[type]]));
}

/** Workflow code that doesn't build fails the tests that need it, not the whole run. */
async function provideBundle(rootDir: string): Promise<void> {
  if (!existsSync(join(rootDir, 'src', 'workflows', 'index.ts'))) {
    process.env.PODKEEPER_TEST_BUNDLE_ERROR = 'there is no src/workflows/index.ts';
    return;
  }
  try {
    process.env.PODKEEPER_TEST_BUNDLE = await buildBundle(rootDir);
  } catch (error) {
    process.env.PODKEEPER_TEST_BUNDLE_ERROR = error instanceof Error ? error.message : String(error);
  }
}

/** Webpack takes seconds; as long as no source has changed, the last bundle is as good as a new one. */
async function buildBundle(rootDir: string): Promise<string> {
  const directory = join(rootDir, 'node_modules', '.cache', 'podkeeper-test');
  const path = join(directory, `workflows-${digestOfSources(rootDir)}.js`);
  if (existsSync(path)) {
    return path;
  }
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(rootDir, 'src', 'workflows', 'index.ts'),
    workflowInterceptorModules: [join(rootDir, 'src', 'workflows', 'interceptors.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  mkdirSync(directory, { recursive: true });
  removeOld(directory);
  // Another run may be reading or writing the same name.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, code);
  renameSync(draft, path);
  return path;
}

function digestOfSources(rootDir: string): string {
  const hash = createHash('sha256').update(readFileSync(join(rootDir, 'package-lock.json')));
  const files = readdirSync(join(rootDir, 'src'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts')).toSorted()) {
    hash.update(file).update(readFileSync(join(rootDir, 'src', file)));
  }
  return hash.digest('hex').slice(0, 16);
}

function removeOld(directory: string): void {
  const hourAgo = Date.now() - 3_600_000;
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (statSync(path).mtimeMs < hourAgo) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}
