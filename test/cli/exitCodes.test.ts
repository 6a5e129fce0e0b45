import { EXIT_CODES, exitCodeOfSignal, exitCodeTable } from '../../src/cli/exitCodes';
import { CliFailure, Interrupted, reportFailure, stackOf } from '../../src/cli/failure';
import { ERROR_KINDS, PodkeeperError } from '../../src/model';
import { podkeeper } from './support/inProcess';

test('exit codes keep their meaning, so that scripts can branch on them', () => {
  const codes = Object.entries(EXIT_CODES).map(([reason, { code }]) => [reason, code]);

  expect(codes).toEqual([
    ['ok', 0],
    ['failed', 1],
    ['usage', 2],
    ['unreachable', 3],
    ['notFound', 4],
    ['conflict', 5],
    ['withFailed', 125],
    ['withNotExecutable', 126],
    ['withNotFound', 127],
    ['interrupted', 130],
  ]);
});

test('the help shows all exit codes', async () => {
  const { code, stdout } = await podkeeper(['--help']);

  expect(code).toBe(0);
  expect(stdout).toContain(exitCodeTable());
  for (const { code: each, meaning } of Object.values(EXIT_CODES))
    expect(stdout).toContain(`  ${each}`.concat(' '.repeat(5 - String(each).length), meaning));
});

const KINDS: Partial<Record<(typeof ERROR_KINDS)[number], number>> = {
  validation: 2,
  unsupported: 2,
  transport: 3,
  not_found: 4,
  conflict: 5,
};

test.each(ERROR_KINDS)('an error of kind %s has its exit code', (kind) => {
  const error = new PodkeeperError(kind, 'what happened');

  expect(reportFailure(error)).toEqual({ exitCode: KINDS[kind] ?? 1, kind, message: 'what happened' });
});

test('a failure of the command line has the code of its reason', () => {
  expect(reportFailure(new CliFailure('unreachable', 'no Temporal'))).toEqual({
    exitCode: 3,
    kind: 'unreachable',
    message: 'no Temporal',
  });
  expect(reportFailure(new CliFailure('failed', 'x', { kind: 'no_capacity' }))).toMatchObject({
    exitCode: 1,
    kind: 'no_capacity',
  });
});

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGKILL', 137],
  ['SIGTERM', 143],
] as const)('a process ended by %s exits with %d', (signal, code) => {
  expect(exitCodeOfSignal(signal)).toBe(code);
  expect(reportFailure(new Interrupted(signal, 'x')).exitCode).toBe(code);
});

test('any other thrown value is a failure with a message', () => {
  expect(reportFailure(new TypeError('x is not a function'))).toMatchObject({
    exitCode: 1,
    message: 'x is not a function',
  });
  expect(reportFailure('text')).toMatchObject({ exitCode: 1, message: 'text' });
});

test('a stack includes the causes', () => {
  const error = new Error('outer', { cause: new Error('inner') });

  expect(stackOf(error)).toMatch(/^Error: outer\n[^]*caused by: Error: inner\n/);
});
