import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { podkeeper } from './support/inProcess';
import { ownDirectory } from './support/cli';

const directory = ownDirectory();

test.each([
  [[], 'name a command'],
  [['foo'], "unknown command 'foo'"],
  [['lsit'], "unknown command 'lsit' (Did you mean list?)"],
  [['list', '--foo'], "unknown option '--foo': see 'podkeeper list --help'"],
  [['list', '--limit', '0'], "'0' is invalid. It must be 1 to 10000: see 'podkeeper list --help'"],
  [['token'], "missing required argument 'id'"],
  [['token', 'a'], 'PODKEEPER_TOKEN_SECRET is not set'],
  [['get'], "missing required argument 'id'"],
  [['get', 'a', 'b'], 'too many arguments'],
  [['events', 'a', '--after', 'x'], 'It must be an event number'],
  [['write-off', 'a'], "required option '--reason <text>' not specified"],
  [['spawn', 'pod.yaml', '--set', 'x'], 'Write field=value, for instance --set maxLifetime=1h'],
  [['dev', '--port', '70000'], 'It must be a port: 1 to 65535'],
])('podkeeper %j is refused: %s', async (args, message) => {
  const { code, stderr, stdout } = await podkeeper(args);

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`podkeeper: `);
  expect(stderr).toContain(message);
});

test.each([
  [['with'], "missing required argument 'spec'", 125],
  [['with', '--foo', 'pod.yaml', '--', 'true'], "unknown option '--foo'", 125],
  [['with', 'pod.yaml'], 'no command given: write it after --', 125],
  [['with', 'pod.yaml', 'echo'], 'too many arguments', 125],
  [['with', 'pod.yaml', '--', 'no-such-program'], "the command 'no-such-program' was not found", 127],
  [['with', 'pod.yaml', '--', __filename], 'usage.test.ts is not executable', 126],
  [['with', 'none.yaml', '--', '/bin/true'], 'none.yaml: does not exist: check the path', 125],
])('podkeeper %j fails before the command runs: %s', async (args, message, code) => {
  const said = await podkeeper(args, { PATH: '/bin:/usr/bin' });

  expect(said.code).toBe(code);
  expect(said.stderr).toContain(message);
});

test('everything after -- is the command, also what looks like an option of ours', async () => {
  const { stderr } = await podkeeper(['with', 'none.yaml', '--', 'true', '--foo', '--json'], { PATH: '/bin' });

  expect(stderr).toContain('none.yaml: does not exist');
});

test('--json prints an error as the document on stdout', async () => {
  const { code, stdout, stderr } = await podkeeper(['spawn', 'none.yaml', '--json']);

  expect(JSON.parse(stdout)).toEqual({
    error: { kind: 'validation', message: 'none.yaml: does not exist: check the path', exitCode: 2 },
  });
  expect(stderr).toBe('podkeeper: none.yaml: does not exist: check the path\n');
  expect(code).toBe(2);
});

test('an error is one line, and has a stack only on request', async () => {
  const quiet = await podkeeper(['spawn', 'none.yaml']);
  const asked = await podkeeper(['spawn', 'none.yaml', '--debug']);
  const byVariable = await podkeeper(['spawn', 'none.yaml'], { DEBUG: '1' });

  expect(quiet.stderr).not.toContain('    at ');
  expect(asked.stderr).toContain('    at ');
  expect(byVariable.stderr).toContain('    at ');
});

test('an error in a spec names file and line, and no connection is made', async () => {
  const file = join(directory.path, 'bad.yaml');
  writeFileSync(file, "command: ['true']\nmaxLifetme: 1h\nports: ['8000']\n");
  const { code, stderr } = await podkeeper(['spawn', file], {
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PODKEEPER_DEPLOYMENT: 'x',
  });

  expect(code).toBe(2);
  expect(stderr).toContain(`${file}:2: maxLifetme: is not a field; did you mean maxLifetime?`);
  expect(stderr).toContain(`${file}:3: ports[0]`);
});

test.each([
  ['--set', 'maxLifetime=never', 'maxLifetime'],
  ['--set', 'env.__proto__=x', 'env'],
  ['--id', 'No Such Id', 'id'],
])('%s %s is checked like the file', async (option, value, field) => {
  const file = directory.write('good.yaml', "command: ['true']\n");
  const { code, stderr } = await podkeeper(['spawn', file, option, value], {
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PODKEEPER_DEPLOYMENT: 'x',
  });

  expect(code).toBe(2);
  expect(stderr).toContain(`Invalid spec: ${option}: ${field}`);
});

test('an unreachable Temporal is named, with the remedy', async () => {
  const { code, stderr } = await podkeeper(['list'], { TEMPORAL_ADDRESS: '127.0.0.1:1', PODKEEPER_DEPLOYMENT: 'x' });

  expect(stderr).toBe(
    "podkeeper: Temporal can't be reached at 127.0.0.1:1 (ECONNREFUSED): start 'podkeeper dev', or set TEMPORAL_ADDRESS to the address of your server\n",
  );
  expect(code).toBe(3);
});

test('an error without any configuration names both remedies', async () => {
  const { code, stderr } = await podkeeper(['list']);

  expect(code).toBe(3);
  expect(stderr).toMatch(
    /no 'podkeeper dev' is running.*Start 'podkeeper dev'.*TEMPORAL_ADDRESS and PODKEEPER_DEPLOYMENT\n$/,
  );
});

test('an address without a deployment asks for the deployment', async () => {
  const { code, stderr } = await podkeeper(['list'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });

  expect(code).toBe(2);
  expect(stderr).toContain('deployment: is missing: set PODKEEPER_DEPLOYMENT');
});

test('an unknown profile is refused', async () => {
  const { code, stderr } = await podkeeper(['list', '--profile', 'nope'], { PODKEEPER_DEPLOYMENT: 'x' });

  expect(code).toBe(2);
  expect(stderr).toContain("Profile 'nope' not found");
});
