import { ALL_CHECKS } from '../collect';
import { CREATE, ENDS } from './createAndEnds';
import { CATALOGUE, ERRORS, JOBS, LOGS } from './errorsAndJobs';
import { IDENTITY, PODS } from './identityAndPods';
import { LISTS } from './lists';
import { BOUNDS, SECRETS } from './secretsAndBounds';

const ROWS = [IDENTITY, PODS, LISTS, CREATE, ENDS, ERRORS, JOBS, CATALOGUE, LOGS, SECRETS, BOUNDS].flat();

test('for every check there is a wrong provider that it finds', () => {
  expect(ALL_CHECKS.filter((id) => !ROWS.some(({ check }) => check === id))).toEqual([]);
  expect(new Set(ALL_CHECKS).size).toBe(ALL_CHECKS.length);
});
