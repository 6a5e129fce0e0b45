import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { markdownFiles, ROOT, read } from './markdown';

/** Terms that were replaced, with the one to use instead. Whole words; identifiers count by their parts. */
const RETIRED: readonly (readonly [term: string, instead: string])[] = [
  ['guilt', 'reap reason'],
  ['guilty', 'reapable'],
  ['papers', 'owner, or record'],
  ['spared', 'skipped'],
  ['rung', 'raised'],
  ['rang', 'raised'],
  ['rings', 'raises an alarm'],
  ['heard', 'received, or drained'],
  ['hears out', 'drains'],
  ['hear out', 'drain'],
  ['told', 'reported, requested or configured'],
  ['dearer', 'more expensive'],
  ['dearest', 'the highest price'],
  ['whoever', 'the noun'],
  ['such a one', 'the noun'],
  ['by its word', 'as it states'],
  ['goes by', 'uses'],
  ['bears', 'has'],
];
/** Terms that are right in one phrase: a control plane, a loose object or shape of Zod, "there is none". */
const RETIRED_ALONE: readonly (readonly [term: RegExp, found: string])[] = [
  [/(?<!\bcontrol )\bplanes?\b/, "'plane': say 'control plane'"],
  [/(?<!\bthere )\bis none\b/, "'is none': say 'is not one', or 'is invalid'"],
  [/\bloose\b(?! (?:object|shape)\b)/, "'loose': say 'presumed absent'"],
];

const SOURCES = ['src', 'bench', 'scripts', 'examples'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs|js|md)$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name)),
);

/** The words of a text, one space apart; `alarmsRaised`, `alarms_raised` and `alarms-raised` are two words each. */
function wordsOf(text: string): string {
  const parts = text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return ` ${parts.toLowerCase().replace(/[^a-z0-9]+/g, ' ')} `;
}

function retiredIn(text: string): string[] {
  const words = wordsOf(text);
  const found = RETIRED.filter(([term]) => words.includes(` ${term} `)).map(
    ([term, instead]) => `'${term}': say '${instead}'`,
  );
  return [...found, ...RETIRED_ALONE.filter(([term]) => term.test(words)).map(([, alone]) => alone)];
}

test.each([
  ['an identifier', 'const isGuilty = rung;', 2],
  ['a snake', 'WITHOUT_PAPERS', 1],
  ['prose over a line break', 'a worker hears\n * out its calls', 1],
  ['a control plane', 'controlPlane CONTROL_PLANE_LENGTH control planes', 0],
  ['a plane alone', 'planeOf otherPlane', 1],
  ['what is called none', 'an address that is none, where there is none', 1],
  ['a state', "outcome === 'loose'; z.looseObject({})", 1],
  ['parts of other words', 'prunge explanes rungs loosely', 0],
])('finds the retired terms in %s', (_what, text, count) => {
  expect(retiredIn(text)).toHaveLength(count);
});

test.each([...SOURCES, ...markdownFiles()])('%s has no retired term', (file) => {
  expect(retiredIn(`${file}\n${read(file)}`)).toEqual([]);
});
