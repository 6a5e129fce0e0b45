import { refuseUnfitSdk, sdkRange } from '../src/installation';
import type { InstalledPackages } from '../src/installation';

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
