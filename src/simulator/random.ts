const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A seeded pseudo-random generator: mulberry32 (Tommy Ettinger, 2017, public domain). */
export class SeededRandom {
  private state: number;

  /** @param stream names an independent sequence of the same seed */
  constructor(seed: number, stream = '') {
    this.state = hash(`${seed}:${stream}`);
  }

  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number between two bounds, inclusive. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** True with the given probability, 0 to 1. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /**
   * One of the items, with equal probability.
   *
   * @param items at least one
   */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('items must not be empty');
    return items[this.between(0, items.length - 1)] as T;
  }

  /** Random lowercase letters and digits. */
  text(length: number): string {
    return Array.from({ length }, () => LETTERS[this.between(0, LETTERS.length - 1)]).join('');
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value | 0;
}
