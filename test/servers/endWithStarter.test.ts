import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { launchWithStarter } from '../../src/servers/endWithStarter';
import { startTypeScript } from '../support/typeScriptProcess';
import { isRunning, until } from '../support/until';
import { temporaryDirectory } from './fakes';

const directory = temporaryDirectory();
const launcher = (): string => join(directory(), 'launcher');

test('runs the command in its own directory, with its arguments', async () => {
  await launchWithStarter(launcher(), ['sh', '-c', 'pwd; printf "%s|" "$@"', "it's"]);
  const output = execFileSync(launcher(), ['a b', '*'], { encoding: 'utf8' });
  expect(output).toBe(`${realpathSync(directory())}\na b|*|`);
});

test('the command ends with the process that started it, even if that is killed', async () => {
  await launchWithStarter(launcher(), ['sleep']);
  const owner = startTypeScript(join(__dirname, 'ownProcess.ts'), [launcher(), '300']);
  const pid = Number(await owner.nextLine());
  expect(isRunning(pid)).toBe(true);
  owner.child.kill('SIGKILL');
  await owner.ended;
  await until('the command has ended', () => !isRunning(pid));
});
