import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuseUnfitSdk, sdkRange } from '../src/installation';
import type { InstalledPackages } from '../src/installation';
import { undeclaredImports } from './support/undeclaredImports';
import type { Manifest } from './support/undeclaredImports';

const CLIENT = '@temporalio/client';
const WORKER = '@temporalio/worker';

test('what this repository has installed is taken', () => {
  expect(() => refuseUnfitSdk()).not.toThrow();
});

test.each<[string, InstalledPackages]>([
  ['the oldest', [[CLIENT, '1.23.0']]],
  [
    'a later one',
    [
      [CLIENT, '1.99.3'],
      [WORKER, '1.99.3'],
    ],
  ],
  ['a pre-release', [[CLIENT, '1.25.0-rc.1']]],
  ['none that can be read, as in a bundled application', []],
])('%s is taken', (_what, installed) => {
  expect(() => refuseUnfitSdk(installed)).not.toThrow();
});

test.each<[string, InstalledPackages, RegExp]>([
  [
    'mixed',
    [
      [CLIENT, '1.23.0'],
      [WORKER, '1.24.0'],
    ],
    /client 1\.23\.0, @temporalio\/worker 1\.24\.0.*npm install @temporalio\/client@1\.24\.0 @temporalio\/worker@1\.24\.0$/,
  ],
  [
    'mixed beyond nine',
    [
      [CLIENT, '1.9.0'],
      [WORKER, '1.24.0'],
    ],
    /npm install @temporalio\/client@1\.24\.0 /,
  ],
  [
    'too old',
    [
      [CLIENT, '1.22.0'],
      [WORKER, '1.22.0'],
    ],
    /1\.22\.0.*>=1\.23\.0 <2/,
  ],
  ['too new', [[CLIENT, '2.0.0']], /2\.0\.0.*>=1\.23\.0 <2/],
])('an SDK that is %s is refused in one line, with the command that mends it', (_what, installed, line) => {
  expect(() => refuseUnfitSdk(installed)).toThrow(
    expect.objectContaining({ kind: 'validation', message: expect.stringMatching(line) }),
  );
});

test('the range is that of package.json', () => {
  expect(sdkRange()).toBe('>=1.23.0 <2');
});

test('the sources need no package that package.json doesn’t declare', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const undeclared = sourceFiles('src').flatMap((file) =>
    undeclaredImports(readFileSync(file, 'utf8'), manifest).map((name) => `${file}: ${name}`),
  );
  expect(undeclared).toEqual([]);
});

test.each([
  ["import leftPad from 'left-pad';", ['left-pad']],
  ["import {\n  pad,\n} from '@left/pad/deep';", ['@left/pad/deep']],
  ["import 'left-pad/register';", ['left-pad/register']],
  ["export * from 'left-pad';", ['left-pad']],
  ["const pad = require('left-pad') as typeof leftPad;", ['left-pad']],
  ['const pad = __importDefault(require("left-pad"));', ['left-pad']],
  ['await import("undici-types/deep");', ['undici-types/deep']],
  ["import type { Pad } from 'left-pad';", []],
  ["import { request } from 'undici/deep';\nimport { join } from 'node:path';\nimport { one } from './one';", []],
])('of %j, the undeclared imports are %j', (text, undeclared) => {
  expect(undeclaredImports(text, { dependencies: { undici: '1' } })).toEqual(undeclared);
});

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(directory, path));
}
