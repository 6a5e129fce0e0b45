import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** The compiled package that worker processes run. Another than `dist` may be given, for instance one with a planted bug. */
export const DIST = process.env['PODKEEPER_TEST_DIST'] ?? join(ROOT, 'dist');

/** Processes can't run what jest compiles for itself: they need the build, and of today. @throws Error that says how to make it. */
export function requireFreshBuild(): void {
  if (process.env['PODKEEPER_TEST_DIST'] !== undefined) return;
  const bundle = join(DIST, 'workflow-bundle.js');
  const source = join(ROOT, 'src');
  const newest = Math.max(
    ...readdirSync(source, { recursive: true, encoding: 'utf8' }).map((file) => statSync(join(source, file)).mtimeMs),
  );
  if (existsSync(bundle) && statSync(bundle).mtimeMs >= newest) return;
  throw new Error(
    'dist/ is missing or older than src/: these tests run the compiled package. Run `npm run build` first',
  );
}
