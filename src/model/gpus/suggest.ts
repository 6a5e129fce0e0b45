import { editDistance } from '../editDistance';

/** More than these say nothing any more: `rtx` is part of dozens. */
const MOST_SUGGESTED = 4;

/**
 * The names that were probably meant: those that have every part of what was written (`a100` → `a100_40g`, `a100_80g`), the shortest of them; else the
 * one that is spelled most alike; else none.
 */
export function suggestionsFor(written: string, names: readonly string[]): string[] {
  const parts = partsOf(written);
  const fuller = names.filter((name) => parts.every((part) => partsOf(name).includes(part)));
  const fewest = Math.min(...fuller.map((name) => partsOf(name).length));
  const shortest = fuller.filter((name) => partsOf(name).length === fewest);
  if (shortest.length > 0 && shortest.length <= MOST_SUGGESTED) return shortest.toSorted();
  const nearest = nearestOf(written, names);
  return nearest === undefined ? [] : [nearest];
}

function partsOf(name: string): string[] {
  return name.split('_').filter((part) => part !== '');
}

function nearestOf(written: string, names: readonly string[]): string | undefined {
  const letters = lettersOf(written).slice(0, 40);
  const [best] = names
    .map((name) => ({
      name,
      distance: editDistance(letters, lettersOf(name)),
      shared: sharedStart(letters, lettersOf(name)),
    }))
    .toSorted((a, b) => a.distance - b.distance || b.shared - a.shared || a.name.localeCompare(b.name));
  return best !== undefined && best.distance <= Math.min(2, letters.length / 3) ? best.name : undefined;
}

function lettersOf(name: string): string {
  return name.replaceAll('_', '');
}

function sharedStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
