import { readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { read, ROOT } from '../markdown';
import { code, table } from './table';

/** What is in each module, a folder or file of `src`; what it imports is read from its files. */
const MODULES: Readonly<Record<string, string>> = {
  model: 'types and pure functions: names, settings, phases, errors',
  schema: 'parses and checks specs and configuration',
  http: 'HTTP requests and health probes',
  simulator: 'a simulated cloud: states, market, faults, ledger, clock',
  providers: 'the contract, and a folder for each cloud',
  auth: "pods' tokens and signed URLs; also runs inside pods",
  accounts: 'for each account of a worker: call limits, priorities, the shared list',
  activities: 'provider calls, and what their outcomes mean',
  workflows: 'decisions and timers',
  client: 'the library for applications',
  reaper: 'schedules of the reaper, sweeps on demand',
  doctor: 'the checks of `podkeeper doctor`',
  guards: 'the checks that a worker makes at its start',
  'worker.ts': 'composes accounts, activities and workflows',
  servers: "finds, installs and starts Temporal's servers",
  testing: 'virtual time, the conformance suite, a fake RunPod',
  cli: 'the command line',
  'index.ts': 'what an application imports as `podkeeper`',
};

/** The versions that are installed, of this package and of the SDK; several modules import it, and it is none itself. */
const NO_MODULE = 'installation.ts';

/** Each module with the modules that it imports. */
function moduleImports(): Map<string, Set<string>> {
  const modules = new Map<string, Set<string>>();
  for (const file of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const [module = ''] = file.split('/');
    if (module === NO_MODULE) continue;
    if (!Object.hasOwn(MODULES, module))
      throw new Error(`src/${module} is in no module: describe it in test/docs/generated/modules.ts`);
    const imports = modules.get(module) ?? new Set();
    modules.set(module, imports);
    for (const [, path = ''] of read(join('src', file)).matchAll(
      /(?:^(?:import|export) .*from |^import |^\} from |\bimport\()'([^']+)'/gm,
    )) {
      if (path.startsWith('.') && moduleOf(file, path) !== module) imports.add(moduleOf(file, path));
    }
    imports.delete(NO_MODULE);
  }
  return new Map(Object.keys(MODULES).map((module) => [module, modules.get(module) ?? new Set()]));
}

function moduleOf(file: string, path: string): string {
  const [module = ''] = normalize(join(dirname(file), path)).split('/');
  return Object.hasOwn(MODULES, module) ? module : `${module === '.' ? 'index' : module}.ts`;
}

/** What is in each module. */
export function moduleTable(): string {
  return table(
    ['module', 'what is in it'],
    Object.entries(MODULES).map(([module, what]) => [code(`src/${module}`), what]),
  );
}

function inOrder(one: string, other: string): number {
  const order = Object.keys(MODULES);
  return order.indexOf(one) - order.indexOf(other);
}

/**
 * Which module imports which, as a Mermaid diagram. It leaves out the model, which all import, and each arrow where a longer path leads to the
 * same module: the picture would be unreadable otherwise.
 */
export function moduleDiagram(): string {
  const imports = new Map(
    [...moduleImports()]
      .filter(([module]) => module !== 'model')
      .map(([module, modules]) => [module, [...modules].filter((other) => other !== 'model')]),
  );
  const reaches = (from: string, to: string): boolean =>
    (imports.get(from) ?? []).some((next) => next === to || reaches(next, to));
  const arrows = [...imports].flatMap(([from, modules]) =>
    modules
      .toSorted(inOrder)
      .filter((to) => !modules.some((other) => other !== to && reaches(other, to)))
      .map((to) => `  ${nodeOf(from)} --> ${nodeOf(to)}`),
  );
  return ['```mermaid', 'flowchart TD', ...arrows, '```'].join('\n');
}

/** A name with a dot is a label in Mermaid. */
function nodeOf(module: string): string {
  return module.endsWith('.ts') ? `${module.replace('.ts', '')}["${module}"]` : module;
}
