import forgetProviderKeys from './forgetProviderKeys';
import type * as temporal from './temporal';
import { selectsImporterOf } from './tiers';

/** The part of jest's global configuration that says which tests a run selects. */
interface Selection {
  rootDir: string;
  testPathPatterns: { toExecutor(options: { rootDir: string }): { isMatch(path: string): boolean } };
}

/** Starts what the selected tests need, once for the run: nothing for tests that don't import `environment.ts`. */
export default async function globalSetup({ rootDir, testPathPatterns }: Selection): Promise<void> {
  forgetProviderKeys();
  const patterns = testPathPatterns.toExecutor({ rootDir });
  if (!selectsImporterOf(rootDir, 'test/support/environment.ts', (path) => patterns.isMatch(path))) return;
  // Imported only now: it loads Temporal's SDK with its bundler.
  const { provideTemporal } = require('./temporal') as typeof temporal;
  globalThis.podkeeperTestServer = await provideTemporal(rootDir);
}
