import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../../src/cli/program';
import { codeBlocks, markdownFiles, read, ROOT } from './markdown';

const examples = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => join('examples', name));
const shown = [...markdownFiles(), 'docker-compose.temporal.yml', ...examples].flatMap(linesOf);

/** Lines that a reader would type: of code blocks, of comments, and what stands in backquotes. */
function linesOf(file: string): string[][] {
  const text = read(file);
  const typed = file.endsWith('.md')
    ? [...codeBlocks(text, '').flatMap((block) => block.split('\n')), ...quoted(text)]
    : text.split('\n').filter((line) => /^\s*[#*]/.test(line));
  return typed.map((line) => [file, line.trim()]);
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`((?:npm|npx|podkeeper) [^`]+)`/g)].map(([, line = '']) => line);
}

const stream = { write: () => true };
const program = createProgram('', {
  env: {},
  cwd: ROOT,
  stdout: stream,
  stderr: stream,
  rest: undefined,
  setExitCode: () => undefined,
});

const ours = shown.flatMap(([file = '', line = '']) =>
  [...line.matchAll(/(?:^|npx |=\S+ )podkeeper ([a-z][\w-]*)(.*)/g)].map(([, name = '', rest = '']) => [
    file,
    name,
    rest.split(/ -- |#/)[0] ?? '',
  ]),
);

test('there is something to check', () => {
  expect(ours.length).toBeGreaterThan(15);
});

test.each(ours)('%s: podkeeper %s%s', (_file, name = '', rest = '') => {
  const found = program.commands.find((candidate) => candidate.name() === name);
  const [sub] = rest.trim().split(/\s+/);
  const command = found?.commands.find((candidate) => candidate.name() === sub) ?? found;
  const options = [...rest.matchAll(/--([a-z][\w-]*)/g)].map(([option]) => option);
  const files = [...rest.matchAll(/examples\/\S+/g)].map(([file]) => file);

  expect(command).toBeDefined();
  const known = ['--help', ...(command?.options.map(({ long }) => long) ?? [])];
  expect(options.filter((option) => !known.includes(option))).toEqual([]);
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

const scripts = shown.flatMap(([file, line = '']) =>
  [...line.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => [file, script]),
);

test.each(scripts)('%s: npm run %s', (_file, script = '') => {
  expect(JSON.parse(read('package.json'))).toHaveProperty(['scripts', script]);
});
