import { quoteTail, runCommand } from '../../src/servers/command';

const shell = (script: string, limitMs = 10_000): Promise<string> =>
  runCommand('sh', ['-c', script], { environment: { ...process.env, COLOR: 'blue' }, directory: '/', limitMs });

test('resolves with stdout and stderr', async () => {
  expect(await shell('echo $COLOR; pwd; echo oops >&2')).toBe('blue\n/\noops\n');
});

test('a failure shows the end of the output', async () => {
  await expect(shell('for line in $(seq 100); do echo $line; done; exit 3')).rejects.toThrow(
    /^sh ended with exit code 3:\n {4}89\n(.*\n){10} {4}100$/,
  );
});

test('names the signal', async () => {
  await expect(shell('kill -KILL $$')).rejects.toThrow('sh ended with signal SIGKILL');
});

test('rejects if the command does not exist', async () => {
  await expect(runCommand('/nowhere/go', [], { environment: {}, limitMs: 1_000 })).rejects.toThrow(
    /^\/nowhere\/go could not be started: .*ENOENT/,
  );
});

test('interrupts a command that takes too long', async () => {
  const begin = performance.now();
  await expect(shell('exec sleep 30', 100)).rejects.toThrow(/^sh took longer than/);
  expect(performance.now() - begin).toBeLessThan(4_000);
});

test('quotes no output as an empty text', () => {
  expect(quoteTail(' \n')).toBe('');
});
