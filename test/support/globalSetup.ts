import { join } from 'node:path';
import { type Selection, selectsImporterOf } from './selection';
import type * as temporal from './temporal';

const PROVIDER_KEYS = ['RUNPOD_API_KEY', 'LAMBDA_LABS_API_KEY', 'VAST_API_KEY', 'FLY_API_TOKEN'];

/**
 * Starts what the selected tests need, once for the run: nothing for tests that don't import `environment.ts`, nor
 * with `PODKEEPER_TEST_UNIT=1`.
 */
export default async function globalSetup(selection: Selection): Promise<void> {
  forgetProviderKeys();
  const environment = join(__dirname, 'environment.ts');
  if (process.env.PODKEEPER_TEST_UNIT === '1' || !selectsImporterOf(environment, selection)) {
    return;
  }
  // Imported only now: it loads Temporal's SDK with its bundler.
  const { provideTemporal } = require('./temporal') as typeof temporal;
  globalThis.podkeeperTestServer = await provideTemporal(selection.rootDir);
}

/** So that no test can spend money by mistake; the ones that mean to are opted in. */
function forgetProviderKeys(): void {
  if (process.env.PODKEEPER_TEST_LIVE !== '1') {
    for (const name of PROVIDER_KEYS) {
      delete process.env[name];
    }
  }
}
