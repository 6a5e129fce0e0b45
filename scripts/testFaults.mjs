/**
 * The breaking suite: `npm run test:faults -- [--seeds N] [--from SEED] [jest's own arguments]`. `--seeds` says how many random fault plans are played, from
 * seed 1 or `--from` on.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const VARIABLES = new Map([
  ['--seeds', 'PODKEEPER_TEST_SEEDS'],
  ['--from', 'PODKEEPER_TEST_FIRST_SEED'],
]);

const environment = { ...process.env, PODKEEPER_TEST_FAULTS: '1' };
const rest = [];
const given = process.argv.slice(2).flatMap((argument) => argument.split(/(?<=^--(?:seeds|from))=/));
for (let index = 0; index < given.length; index += 1) {
  const variable = VARIABLES.get(given[index]);
  if (variable === undefined) {
    rest.push(given[index]);
    continue;
  }
  const value = given[index + 1] ?? '';
  if (!/^\d+$/.test(value)) {
    console.error(`${given[index]} needs a whole number, for instance ${given[index]} 200`);
    process.exit(2);
  }
  environment[variable] = value;
  index += 1;
}

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const paths = rest.some((argument) => !argument.startsWith('-')) ? rest : ['test/faults', ...rest];
const { status } = spawnSync(process.execPath, [jest, ...paths], { stdio: 'inherit', env: environment });
process.exit(status ?? 1);
