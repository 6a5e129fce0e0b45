import { join } from 'node:path';
import { serversCommand } from '../../../src/cli/commands/servers';
import { CLI_ANSWER, temporaryDirectory, writeScript } from '../../servers/fakes';

const directory = temporaryDirectory();
const environment = process.env;
let output: Record<'stdout' | 'stderr', string>;

beforeEach(() => {
  output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += String(text);
      return true;
    });
  }
  process.env = {
    ...environment,
    PODKEEPER_TEMPORAL_CLI: writeScript(join(directory(), 'temporal'), `echo '${CLI_ANSWER}'`),
    PODKEEPER_TEMPORAL_TEST_SERVER: writeScript(join(directory(), 'temporal-test-server'), 'exit 0'),
  };
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
  process.exitCode = undefined;
});

const run = (...args: string[]): Promise<unknown> => serversCommand().parseAsync(args, { from: 'user' });

test('servers prints the path and the source of each server', async () => {
  await run();
  expect(output.stdout.split('\n')).toEqual([
    `dev server            1.29.1   as given  ${join(directory(), 'temporal')}`,
    `time-skipping server  unknown  as given  ${join(directory(), 'temporal-test-server')}`,
    '',
  ]);
  expect(process.exitCode).toBeUndefined();
});

test('--json with a kind prints that server as JSON', async () => {
  await run('dev', '--json');
  expect(JSON.parse(output.stdout)).toEqual([
    { kind: 'dev', server: { kind: 'dev', path: join(directory(), 'temporal'), version: '1.29.1', way: 'given' } },
  ]);
});

test('a failed server fails the command; the other is still printed', async () => {
  process.env.PODKEEPER_TEMPORAL_CLI = '/nowhere/temporal';
  await run();
  expect(output.stdout).toMatch(/^time-skipping server .*\n$/);
  expect(output.stderr).toContain('PODKEEPER_TEMPORAL_CLI is /nowhere/temporal, which is not an executable file');
  expect(process.exitCode).toBe(1);
});
