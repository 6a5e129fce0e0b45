import { read } from '../docs/markdown';

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const checks = Object.keys(scripts).filter((name) => name.startsWith('check:'));

/** The scripts that a text runs by name. */
function scriptsIn(text: string): string[] {
  return [...text.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name);
}

test.each([
  ['npm run verify', scripts['verify'] ?? ''],
  ['CI', read('.ci/run')],
])('%s runs each check there is', (_name, text) => {
  expect(checks.length).toBeGreaterThan(0);
  expect(scriptsIn(text)).toEqual(expect.arrayContaining(checks));
});
