import { quoteTail, runCommand } from '../../src/servers/command';

const shell = (script: string, limitMs = 10_000): Promise<string> =>
  runCommand('sh', ['-c', script], { environment: { ...process.env, COLOR: 'blue' }, directory: '/', limitMs });

test('it answers what was written to stdout and stderr', async () => {
  expect(await shell('echo $COLOR; pwd; echo oops >&2')).toBe('blue\n/\noops\n');
});

test('a failure quotes the end of the output', async () => {
  await expect(shell('for line in $(seq 100); do echo $line; done; exit 3')).rejects.toThrow(
    /^sh ended with exit code 3:\n {4}89\n(.*\n){10} {4}100$/,
  );
});

test('a signal is named', async () => {
  await expect(shell('kill -KILL $$')).rejects.toThrow('sh ended with signal SIGKILL');
});

test('a command that is not there is an error', async () => {
  await expect(runCommand('/nowhere/go', [], { environment: {}, limitMs: 1_000 })).rejects.toThrow(
    /^\/nowhere\/go could not be started: .*ENOENT/,
  );
});

test('one that takes too long is interrupted', async () => {
  const begin = performance.now();
  await expect(shell('exec sleep 30', 100)).rejects.toThrow(/^sh took longer than/);
  expect(performance.now() - begin).toBeLessThan(4_000);
});

test('no output is quoted as nothing', () => {
  expect(quoteTail(' \n')).toBe('');
});
