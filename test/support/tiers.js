// @ts-check
// JavaScript, since jest's configuration reads it before anything is compiled.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const nodePath = require('node:path');

/** @typedef {'unit' | 'server' | 'long' | 'live'} Tier */

/**
 * A part of the long tier, as `npm run test:long -- NAME` runs it.
 *
 * @typedef {object} LongPart
 * @property {string} what it does
 * @property {string[]} paths below `test/`: folders, or files without their ending
 */

/**
 * What takes minutes, by part. Each knows a bounded slice of itself, which CI runs.
 *
 * @type {Readonly<Record<string, LongPart>>}
 */
const LONG_PARTS = {
  everyAwait: {
    what: 'a SIGKILL at every `await` of a worker and a launcher',
    paths: ['faults/everyAwait/everyAwait', 'faults/everyAwait/createThenRecord'],
  },
  plans: {
    what: 'random fault plans, in virtual time and on a wire',
    paths: ['faults/plans/named', 'faults/plans/sees', 'faults/plans/virtual', 'faults/plans/wire'],
  },
  mutants: { what: 'safeguards taken out one by one', paths: ['faults/mutants'] },
  planted: {
    what: 'bugs planted into providers, as reports have them',
    paths: ['planted', 'testing/conformance/wrong'],
  },
  operator: { what: 'people who terminate, reset and delete workflows', paths: ['faults/operator'] },
  processes: { what: 'workers, servers and clients killed at random', paths: ['faults/processes'] },
  wrongKills: { what: 'what could make the reaper end a living pod', paths: ['faults/wrongKills'] },
  demo: { what: 'the demo, interrupted at many moments', paths: ['cli/demoInterrupted'] },
  examples: { what: 'each example as processes, killed and cancelled', paths: ['examples'] },
  ui: { what: "Temporal's UI in a headless browser", paths: ['ui'] },
  packaging: { what: 'the packed tarball in a user’s project', paths: ['packaging'] },
};

/** Needs an account and costs money: in no tier. */
const LIVE = 'live/runpod';

/** Need no more than their own process, but seconds of it: in the server tier, so that the unit tier stays below a minute. */
const SLOW = [
  'providers/runpod/conformance',
  'simulator/determinism',
  'testing/conformance',
  'testing/fakeCloud/wire',
  'workflows/bundle',
];

/**
 * What takes a test out of its own process: a file that imports one of these, itself or by way of other files in `test/`, is in the server tier.
 */
const BEYOND_ITS_PROCESS = [
  'node:child_process',
  // Temporal's servers.
  'test/support/environment.ts',
  // The compiled package.
  'test/support/e2eBuild.ts',
  // Its pods are processes.
  'src/providers/local/index.ts',
  // They run commands of this machine.
  'src/servers/command.ts',
  'src/cli/commands/servers.ts',
];

/**
 * The tier of a test file.
 *
 * @param {string} rootDir of the repository
 * @param {string} path below `test/`: `schema/gpus.test.ts`
 * @returns {Tier}
 */
function tierOf(rootDir, path) {
  if (isIn(path, LIVE)) return 'live';
  if (partOf(path) !== undefined) return 'long';
  if (SLOW.some((slow) => isIn(path, slow))) return 'server';
  const reached = reachedFrom(rootDir, nodePath.join(rootDir, 'test', path));
  return BEYOND_ITS_PROCESS.some((module) => reached.has(module)) ? 'server' : 'unit';
}

/**
 * The part of the long tier that a test file is in, if any.
 *
 * @param {string} path below `test/`
 * @returns {string | undefined}
 */
function partOf(path) {
  return Object.entries(LONG_PARTS).find(([, { paths }]) => paths.some((part) => isIn(path, part)))?.[0];
}

/**
 * Every test file by tier, below `test/`.
 *
 * @param {string} rootDir of the repository
 * @returns {Record<Tier, string[]>}
 */
function testsByTier(rootDir) {
  /** @type {Record<Tier, string[]>} */
  const tiers = { unit: [], server: [], long: [], live: [] };
  for (const path of testFiles(rootDir)) tiers[tierOf(rootDir, path)].push(path);
  return tiers;
}

/**
 * Whether one of some test files imports a module, itself or by way of other files in `test/`.
 *
 * @param {string} rootDir of the repository
 * @param {string} module from the root: `test/support/environment.ts`
 * @param {(path: string) => boolean} isSelected takes an absolute path
 */
function selectsImporterOf(rootDir, module, isSelected) {
  return testFiles(rootDir)
    .map((path) => nodePath.join(rootDir, 'test', path))
    .some((path) => isSelected(path) && reachedFrom(rootDir, path).has(module));
}

/** @param {string} rootDir */
function testFiles(rootDir) {
  // A project of the packaging tests has packages of its own.
  return readdirSync(nodePath.join(rootDir, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => name.replaceAll('\\', '/'))
    .toSorted();
}

/**
 * @param {string} path
 * @param {string} part
 */
function isIn(path, part) {
  return path === `${part}.test.ts` || path.startsWith(`${part}/`);
}

/**
 * What a file imports, by way of other files in `test/`, too: files from the root, and packages by name.
 *
 * @param {string} rootDir
 * @param {string} path absolute
 * @param {Set<string>} reached
 */
function reachedFrom(rootDir, path, reached = new Set()) {
  for (const specifier of importsOf(path)) {
    const file = specifier.startsWith('.') ? fileOf(path, specifier) : undefined;
    const name = file === undefined ? specifier : nodePath.relative(rootDir, file);
    if (reached.has(name)) continue;
    reached.add(name);
    if (file !== undefined && name.startsWith('test/')) reachedFrom(rootDir, file, reached);
  }
  return reached;
}

/** @type {Map<string, string[]>} */
const imports = new Map();

/** @param {string} path */
function importsOf(path) {
  const known = imports.get(path);
  if (known !== undefined) return known;
  // Types are gone at run time.
  const text = readFileSync(path, 'utf8').replaceAll(/^(?:import|export) type [^;]+;$/gm, '');
  const found = [...text.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(([, specifier = '']) => specifier);
  imports.set(path, found);
  return found;
}

/**
 * @param {string} from
 * @param {string} specifier
 */
function fileOf(from, specifier) {
  const base = nodePath.resolve(nodePath.dirname(from), specifier);
  return [base, `${base}.ts`, nodePath.join(base, 'index.ts')].find((name) => name.endsWith('.ts') && existsSync(name));
}

module.exports = { LONG_PARTS, SLOW, partOf, selectsImporterOf, testsByTier, tierOf };
