import Module from 'node:module';
import { join } from 'node:path';
import type { ConformanceOptions, ConformanceTest } from '../../../src/testing/conformance';

/*
 * Runs checks of the conformance suite on the provider of a copy of the tree, in a process of its own: `runChecks.ts <copy> <target> <patience ms> [check…]`. Prints one
 * line of JSON: the checks that failed, with their messages.
 */

/** How a target's suite is set up. Paths are those of the copy. */
interface Suite {
  options: ConformanceOptions;
  close: () => Promise<void>;
}

type Load = (path: string) => Record<string, never>;

const TARGETS: Readonly<Record<string, (load: Load) => Promise<Suite>>> = {
  nimbus: async (load) => {
    const { startFakeNimbus, PAGE_SIZE, TOKEN } = load('examples/own-provider/fakeNimbus.ts') as unknown as {
      startFakeNimbus: () => Promise<{
        url: string;
        cloud: { reset(): void; pod(id: string): never };
        close(): Promise<void>;
      }>;
      PAGE_SIZE: number;
      TOKEN: string;
    };
    const { createNimbusProvider } = load('examples/own-provider/nimbusProvider.ts') as unknown as {
      createNimbusProvider: (options: { baseUrl: string; token: string }) => never;
    };
    const fake = await startFakeNimbus();
    return {
      options: {
        provider: ({ baseUrl }) => createNimbusProvider({ baseUrl: baseUrl ?? '', token: TOKEN }),
        reset: () => fake.cloud.reset(),
        inspect: (id) => fake.cloud.pod(id),
        http: { upstream: () => fake.url, pageSize: PAGE_SIZE },
        secrets: [TOKEN],
      },
      close: () => fake.close(),
    };
  },
  mock: async (load) => {
    const { createMockProvider } = load('src/providers/mock/index.ts') as unknown as {
      createMockProvider: () => never;
    };
    const provider = createMockProvider() as { reset(): void; cloud: { pod(id: string): never } };
    return await Promise.resolve({
      options: {
        provider: () => provider as never,
        reset: () => provider.reset(),
        inspect: (id: string) => provider.cloud.pod(id),
      },
      close: async () => await Promise.resolve(),
    });
  },
};

async function main([copy = '', target = '', patienceMs = '', ...checks]: string[]): Promise<void> {
  const load: Load = (path) => require(join(copy, path)) as Record<string, never>;
  resolveFrom(copy);
  const { providerConformance } = load('src/testing/conformance/index.ts') as unknown as {
    providerConformance: (options: ConformanceOptions) => void;
  };
  const suite = await TARGETS[target]?.(load);
  if (suite === undefined) throw new Error(`there is no target ${target}`);
  const tests: { title: string; run: () => Promise<void> }[] = [];
  const test: ConformanceTest = Object.assign((title: string, run: () => Promise<void>) => tests.push({ title, run }), {
    skip: () => undefined,
  });
  providerConformance({
    ...suite.options,
    patienceMs: Number(patienceMs),
    runner: { describe: (_name, declare) => declare(), test },
  });
  const failed: Record<string, string> = {};
  let ran = 0;
  for (const { title, run } of tests) {
    const id = title.slice(0, title.indexOf(':'));
    if (checks.length > 0 && !checks.includes(id)) continue;
    ran += 1;
    try {
      await run();
    } catch (error) {
      failed[id] = error instanceof Error ? error.message : String(error);
    }
  }
  await suite.close();
  process.stdout.write(`${JSON.stringify({ ran, failed })}\n`);
}

/** The package by its name is the copy's, and a `.js` that isn't there is the `.ts` beside it: as for whoever has installed and compiled it. */
function resolveFrom(copy: string): void {
  const ENTRIES: Readonly<Record<string, string>> = { podkeeper: 'src/index.ts', 'podkeeper/worker': 'src/worker.ts' };
  // oxlint-disable no-underscore-dangle -- Node's own name
  const loader = Module as unknown as { _resolveFilename: Resolve };
  const resolve = loader._resolveFilename.bind(Module);
  loader._resolveFilename = (request, parent, ...rest) => {
    if (request === 'podkeeper' || request.startsWith('podkeeper/')) {
      return join(copy, ENTRIES[request] ?? `src/${request.slice('podkeeper/'.length)}/index.ts`);
    }
    const isOurs = request.startsWith('.') && parent.filename?.endsWith('.ts') === true;
    return resolve(isOurs ? request.replace(/\.js$/, '.ts') : request, parent, ...rest);
  };
}

type Resolve = (request: string, parent: { filename: string | null }, ...rest: unknown[]) => string;

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  },
);
