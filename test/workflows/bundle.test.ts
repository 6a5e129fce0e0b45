import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

/** Above what the SDK itself takes. Each cached workflow runs its own copy. */
const LIMIT_BYTES = 0.375 * 1024 * 1024;

/** The code of a bundle, less its source map, which no workflow loads. */
async function bundled(workflowsPath: string): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const [executed = ''] = code.split('//# sourceMappingURL=');
  return executed;
}

/** The modules in a bundle, by path from the root of the repository. */
function modulesOf(code: string): string[] {
  return [...code.matchAll(/^\/\*{3}\/ "([^"]+)"/gm)].map(([, path = '']) => path);
}

test('the workflows add little to an empty bundle, and nothing that is kept out for the memory it takes', async () => {
  const empty = await bundled(require.resolve('./fixtures/nothing'));
  const ours = await bundled(require.resolve('../../src/workflows'));
  expect(ours.length).toBeGreaterThan(empty.length);
  expect(ours.length - empty.length).toBeLessThanOrEqual(LIMIT_BYTES);

  const modules = modulesOf(ours);
  expect(modules).toContain('./src/workflows/podLifecycle.ts');
  const known = new Set(modulesOf(empty));
  // Neither zod nor undici, no builtin of Node's, no other part of ours.
  const allowed = /^\.\/(?:src\/(?:workflows|model)\/\w+\.ts$|node_modules\/@temporalio\/workflow\/)/;
  expect(modules.filter((path) => !known.has(path) && !allowed.test(path))).toEqual([]);
});
