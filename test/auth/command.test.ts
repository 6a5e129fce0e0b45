import { run } from '../../src/cli/program';
import { SECRET } from './secrets';

async function token(args: string[], env: NodeJS.ProcessEnv, isTTY: boolean) {
  const said = { stdout: '', stderr: '' };
  const code = await run(['token', 'render-42', ...args], {
    env: { PODKEEPER_HOME: '/nowhere', TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml', ...env },
    cwd: '/nowhere',
    stdout: { isTTY, write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  });
  return { code, ...said };
}

test('the token is printed on a terminal only with --show', async () => {
  const { code, stdout, stderr } = await token([], { PODKEEPER_TOKEN_SECRET: SECRET }, true);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(
    'the token is not printed on a terminal: use "$(podkeeper token …)" or a pipe, or add --show',
  );
});

test.each([
  [['--show'], true],
  [[], false],
  [['--header'], false],
])('token %j without a secret says what to set', async (args, isTTY) => {
  const { code, stdout, stderr } = await token(args, {}, isTTY);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain("PODKEEPER_TOKEN_SECRET is not set: set it to the worker's");
});

test('an invalid secret is refused by the name of its variable, and not shown', async () => {
  const { code, stderr } = await token([], { PODKEEPER_TOKEN_SECRET: `${SECRET} x` }, false);
  expect(code).toBe(2);
  expect(stderr).toContain('PODKEEPER_TOKEN_SECRET: holds a character');
  expect(stderr).not.toContain(SECRET.slice(0, 12));
});
