import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { EXIT_CODES } from '../../src/cli/exitCodes';
import { allExamples, visibleCommands, wholeProgram } from './support/commandLine';
import { podkeeper } from './support/inProcess';

/** The arguments that a shell would pass to `podkeeper`. */
function wordsOf(line: string): string[] {
  // Redirected input doesn't affect the arguments.
  const typed = line.replace(/ < \S+$/, '');
  const asked = 'podkeeper() { printf "%s\\0" "$@" >&3; }; curl() { :; }; source() { cat "$@" >/dev/null; };';
  const output = execFileSync('bash', ['-euc', `exec 3>&1 >/dev/null; URL=http://x; ${asked} ${typed}`], {
    encoding: 'utf8',
  });
  return output.split('\0').slice(0, -1);
}

/** Parses words like the command line, without running anything. @returns the words of the command that would have run */
async function parsed(words: string[]): Promise<string[]> {
  const split = words[0] === 'with' ? words.indexOf('--') : -1;
  const program = wholeProgram(words[0]);
  const reached: string[] = [];
  const doNothing = (command: Command, path: string) => {
    for (const sub of command.commands) doNothing(sub, `${path} ${sub.name()}`.trim());
    if (command.commands.length === 0) command.action(() => void reached.push(path));
  };
  doNothing(program, '');
  await program.parseAsync(split === -1 ? words : words.slice(0, split), { from: 'user' });
  return reached;
}

test.each(allExamples())('the example in the help of %s parses: %s', async (words, line) => {
  expect((await parsed(wordsOf(line))).map((path) => path.startsWith(words))).toEqual([true]);
});

test.each(visibleCommands())('podkeeper %s --help shows examples', async (words) => {
  const { code, stdout } = await podkeeper([...words.split(' '), '--help']);

  expect(code).toBe(EXIT_CODES.ok.code);
  expect(stdout).toMatch(/\n\nExamples:\n {2}\S.* {2}# \S/);
});

test.each([
  ['podkeeper list --lmit 3', /unknown option '--lmit'/],
  ['podkeeper get', /missing required argument/],
  ['podkeeper spawn pod.yaml --set x', /Write field=value/],
])('an example that can’t be parsed would be found: %s', async (line, message) => {
  await expect(parsed(wordsOf(line))).rejects.toThrow(message);
});

test('an example whose quotes don’t close would be found', () => {
  expect(() => wordsOf("podkeeper job run x --input '{")).toThrow(/unexpected EOF/);
});
