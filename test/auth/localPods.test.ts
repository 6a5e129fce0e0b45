import { POD_VARIABLES, TokenSecrets } from '../../src/auth';
import { podVariables } from '../../src/auth/podAccess';
import { createLocalProvider } from '../../src/providers/local';
import { podEnvironment } from '../../src/providers/local/environment';
import { specOf } from '../activities/fixtures';
import { NAMES, SECRET } from './secrets';

const [NAME] = NAMES;

test.each(['bearer', 'signed_url'] as const)(
  'a local pod gets the variables of its guard, and not the worker’s secret: %s',
  (auth) => {
    const variables = podVariables({ name: NAME, auth, tokenVersion: 1 }, TokenSecrets.parse(SECRET));
    const worker = { PATH: '/bin', PODKEEPER_TOKEN_SECRET: SECRET };
    const environment = Object.fromEntries(podEnvironment(worker, NAME, variables, new Map([[8000, 40_123]])));
    expect(environment).toMatchObject(variables);
    expect(JSON.stringify(environment)).not.toContain(SECRET);
  },
);

test('the local provider does not reserve the names of the guard’s variables', () => {
  const env = Object.fromEntries(Object.values(POD_VARIABLES).map((name) => [name, 'x']));
  expect(() => createLocalProvider().check?.(specOf({ command: ['true'], env }))).not.toThrow();
});
