import type { Clock } from '../../src/model';

interface Entry<T> {
  at: number;
  subject: T;
}

/** Who is next, and the clock that goes by it: no time passes but from one entry to the next. */
export class Agenda<T> implements Clock {
  /** The last one is next. */
  private readonly entries: Entry<T>[];
  private time = Date.now();

  /** @param firstAfterMs when each of them is first */
  constructor(subjects: readonly T[], firstAfterMs: () => number) {
    this.entries = subjects.map((subject) => ({ at: this.time + firstAfterMs(), subject }));
    this.entries.sort((one, other) => other.at - one.at);
  }

  now(): number {
    return this.time;
  }

  /** Takes out the next one; it is its moment now. */
  next(): T {
    const entry = this.entries.pop();
    if (entry === undefined) throw new Error('the agenda is empty');
    this.time = entry.at;
    return entry.subject;
  }

  add(subject: T, afterMs: number): void {
    const at = this.time + afterMs;
    const place = this.entries.findLastIndex((entry) => entry.at >= at) + 1;
    this.entries.splice(place, 0, { at, subject });
  }
}
