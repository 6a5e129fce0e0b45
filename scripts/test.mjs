/**
 * Runs tiers of the tests: `node scripts/test.mjs unit server [jest arguments]`, or the long tier, complete or by part:
 * `node scripts/test.mjs long [everyAwait|plans|…] [--slice] [--seeds N] [--from SEED] [jest arguments]`.
 *
 * `--slice` runs only the part that CI runs. `--seeds` sets the number of random fault plans, from seed 1 or `--from` on. `everyAwait --record` writes the
 * recording that its slices are taken from.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { LONG_PARTS } = require('../test/support/tiers.js');
const TIERS = ['unit', 'server', 'long'];
const NUMBERS = new Map([
  ['--seeds', 'PODKEEPER_TEST_SEEDS'],
  ['--from', 'PODKEEPER_TEST_FIRST_SEED'],
]);
const RECORDING = { PODKEEPER_TEST_RECORD: '1', PODKEEPER_TEST_WHOLE: '0' };

const { tiers, parts, environment, rest } = read(process.argv.slice(2));
const paths = parts.flatMap((part) => LONG_PARTS[part].paths.map((path) => `test/${path}(\\.test\\.ts$|/)`));
// `--ci` keeps jest from writing snapshots; update them with `npx jest PATH -u`. The tiers come last, since `--selectProjects` takes all further words.
const words = ['--ci', ...rest, ...paths, '--selectProjects', ...tiers];
const { status } = spawnSync(process.execPath, [require.resolve('jest/bin/jest'), ...words], {
  stdio: 'inherit',
  env: { ...process.env, ...environment },
});
process.exit(status ?? 1);

function read(given) {
  const args = given.flatMap((argument) => argument.split(/(?<=^--(?:seeds|from))=/));
  const tiers = [];
  while (TIERS.includes(args[0])) tiers.push(args.shift());
  if (tiers.length === 0) refuse(`no tier given: pass one or more of ${TIERS.join(', ')}`);
  const isLong = tiers.includes('long');
  const parts = [];
  const rest = [];
  const environment = isLong ? { PODKEEPER_TEST_WHOLE: '1' } : {};
  while (args.length > 0) {
    const word = args.shift();
    const variable = NUMBERS.get(word);
    if (isLong && variable !== undefined) environment[variable] = wholeNumber(word, args.shift());
    else if (isLong && word === '--slice') environment.PODKEEPER_TEST_WHOLE = '0';
    else if (isLong && word === '--record') Object.assign(environment, RECORDING);
    else if (isLong && word in LONG_PARTS) parts.push(word);
    else if (isLong && /^\w+$/.test(word) && rest.length === 0) {
      refuse(`'${word}' is not a part: choose from ${Object.keys(LONG_PARTS).join(', ')}`);
    } else rest.push(word);
  }
  return { tiers, parts, environment, rest };
}

function wholeNumber(option, value = '') {
  if (!/^\d+$/.test(value)) refuse(`${option} needs a whole number, for instance ${option} 200`);
  return value;
}

function refuse(message) {
  console.error(message);
  process.exit(2);
}
