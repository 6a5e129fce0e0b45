import { editDistance } from '../editDistance';
import type { GpuFamily, GpuModel } from './gpuModel';

/** More suggestions don't help. */
const MOST_SUGGESTED = 4;
/** Vendors' figures for one chip differ by this much: a B200 has 180 or 192 GB. */
const MEMORY_TOLERANCE = 0.1;

/** What was probably meant by an unknown name of a GPU. */
export interface GpuSuggestion {
  /** Names in the catalogue, of the chip that was written only. */
  names: string[];
  /** The count, if the name includes one: `H100:8`, `8x A100`. */
  count: number | null;
}

/** Words beside a chip's name that don't identify it. */
const DECORATION = new Set(
  'nvidia amd geforce tesla quadro instinct rtx generation gen edition lovelace gpu gpus graphics tensor core oam gb hbm2 hbm2e hbm3 hbm3e gddr6 ac'.split(
    ' ',
  ),
);
/** Forms of a chip, and other spellings of them. */
const FORMS: ReadonlyMap<string, string> = new Map(
  'sxm=sxm sxm2=sxm sxm3=sxm sxm4=sxm sxm5=sxm sxm6=sxm pcie=pcie pci=pcie nvl=nvl server=server workstation=workstation ws=workstation'
    .split(' ')
    .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
);
/** An architecture's name doesn't identify its own chips; beside others it means another chip. */
const ARCHITECTURES: Readonly<Record<string, RegExp>> = {
  blackwell: /^(?:b[23]00|50\d\d)$|\bpro\b/,
  hopper: /^g?h\d/,
  ampere: /^(?:a\d|30\d\d)/,
  turing: /^(?:t4|6000|8000)$/,
  volta: /^v100$/,
  pascal: /^p\d/,
};

/** The parts of a name. */
interface Parts {
  /** The words that identify the chip, in alphabetical order: `6000 ada`. */
  chip: string;
  forms: string[];
  memoryGiB: number | null;
}

interface Known extends Parts {
  name: string;
  memories: number[];
}

/**
 * What was probably meant. A chip's number and letters must match: `h20` isn't `h200`, nor is `v100` a `p100`. Vendor, form, memory, separators, case, and
 * one letter of a word may differ.
 */
export function suggestionsFor(
  written: string,
  { models, families }: { models: readonly GpuModel[]; families: readonly GpuFamily[] },
): GpuSuggestion {
  const known = [
    ...families.map((family) => knownOf(family, models)),
    ...models.map((model) => knownOf(model, models)),
  ].flat();
  const words = new Set([
    ...known.flatMap(({ chip }) => chip.split(' ')),
    ...DECORATION,
    ...FORMS.keys(),
    ...Object.keys(ARCHITECTURES),
  ]);
  const text = written.slice(0, 80).toLowerCase().trim();
  for (const { rest, count } of countsIn(text)) {
    const names = namesFor(wordsOf(rest, words), known);
    if (names.length > 0) return { names, count };
  }
  return { names: [], count: null };
}

/** The text as a name, and as a name with a count. */
function countsIn(text: string): { rest: string; count: number | null }[] {
  const before = /^(?:gpu[\s_-]+)?(\d{1,2})\s*[x×*][\s_-]*(.+)$/.exec(text);
  const behind = /^(.+?)\s*(?::|[\s_-]*[x×*])\s*(\d{1,2})$/.exec(text);
  return [
    { rest: text, count: null },
    ...(before === null ? [] : [{ rest: before[2] ?? '', count: Number(before[1]) }]),
    ...(behind === null ? [] : [{ rest: behind[1] ?? '', count: Number(behind[2]) }]),
  ];
}

/** Its name and its aliases, each as that name. */
function knownOf(entry: GpuModel | GpuFamily, models: readonly GpuModel[]): Known[] {
  const members = 'members' in entry ? models.filter(({ name }) => entry.members.includes(name)) : [entry];
  const memories = members.map(({ memoryGiB }) => memoryGiB);
  const names = 'aliases' in entry ? [entry.name, ...entry.aliases] : [entry.name];
  return names.map((name) => ({ ...partsOf(name.split('_')), name: entry.name, memories }));
}

function partsOf(words: readonly string[]): Parts {
  const memory = words.map((word) => /^(\d+)g(?:i?b)?$/.exec(word)?.[1]).find((size) => size !== undefined);
  const chip = words.filter((word) => !DECORATION.has(word) && !FORMS.has(word) && !/^\d+g(?:i?b)?$/.test(word));
  return {
    chip: chip.toSorted().join(' '),
    forms: words.flatMap((word) => FORMS.get(word) ?? []),
    memoryGiB: memory === undefined ? null : Number(memory),
  };
}

function namesFor(words: readonly string[] | undefined, known: readonly Known[]): string[] {
  if (words === undefined) return [];
  const architectures = words.filter((word) => Object.hasOwn(ARCHITECTURES, word));
  const wanted = partsOf(words.filter((word) => !architectures.includes(word)));
  const ofChip = known.filter(
    ({ chip }) =>
      chip !== '' && chip === wanted.chip && architectures.every((word) => ARCHITECTURES[word]?.test(chip) === true),
  );
  // If no name of the chip states a form, there is only one.
  const hasForms = ofChip.some(({ forms }) => forms.length > 0);
  const fitting = ofChip.filter(
    ({ forms, memories }) =>
      (!hasForms || wanted.forms.every((form) => forms.includes(form))) &&
      (wanted.memoryGiB === null || memories.every((memory) => isAbout(memory, wanted.memoryGiB ?? 0))),
  );
  const lengths = fitting.map(({ name }) => name.split('_').length);
  const shortest = fitting.filter(({ name }) => name.split('_').length === Math.min(...lengths));
  const names = [...new Set(shortest.map(({ name }) => name))].toSorted();
  return names.length > MOST_SUGGESTED ? [] : names;
}

function isAbout(one: number, other: number): boolean {
  return Math.abs(one - other) <= MEMORY_TOLERANCE * one;
}

/** A text as known words; `undefined` if a part is not one, even with a letter changed. */
function wordsOf(text: string, words: ReadonlySet<string>): string[] | undefined {
  const chunks = text
    .replaceAll(/(?<!\d)(\d{1,3})\s*(?:gib|gb|g)\b/g, ' $1g ')
    .split(/[^a-z0-9]+/)
    .filter((chunk) => chunk !== '');
  const read = chunks.map((chunk) => segmented(chunk, words) ?? corrected(chunk, words));
  return read.some((each) => each === undefined) ? undefined : read.flatMap((each) => each ?? []);
}

/** `rtx4090ti` → rtx 4090 ti; the longest words first. */
function segmented(chunk: string, words: ReadonlySet<string>): string[] | undefined {
  if (chunk === '') return [];
  for (let length = chunk.length; length > 0; length--) {
    const word = chunk.slice(0, length);
    if (!words.has(word) && !/^\d{1,3}g(?:i?b)?$/.test(word)) continue;
    const rest = segmented(chunk.slice(length), words);
    if (rest !== undefined) return [word, ...rest];
  }
  return undefined;
}

/** With one letter of a word changed, or two exchanged; never the first. */
function corrected(chunk: string, words: ReadonlySet<string>): string[] | undefined {
  const runs = chunk.match(/[a-z]+|\d+/g) ?? [];
  const read = runs.map((run) => {
    if (words.has(run)) return run;
    if (run.length < 3 || /\d/.test(run)) return undefined;
    const near = [...words].filter((word) => word[0] === run[0] && !/\d/.test(word) && isOneSlip(run, word));
    return near.length === 1 ? near[0] : undefined;
  });
  return read.some((each) => each === undefined) ? undefined : read.flatMap((each) => each ?? []);
}

function isOneSlip(written: string, word: string): boolean {
  const distance = editDistance(written, word);
  const isExchange = distance === 2 && written.split('').toSorted().join('') === word.split('').toSorted().join('');
  return word.length >= 3 && (distance === 1 || isExchange);
}
