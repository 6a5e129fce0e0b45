import type { Clock } from '../../src/model';

interface Entry<T> {
  at: number;
  subject: T;
}

/** A queue of due times, and a clock that moves from one to the next. */
export class Agenda<T> implements Clock {
  /** Sorted so that the last entry is next. */
  private readonly entries: Entry<T>[];
  private time = Date.now();

  /** @param firstAfterMs the first due time of each entry */
  constructor(subjects: readonly T[], firstAfterMs: () => number) {
    this.entries = subjects.map((subject) => ({ at: this.time + firstAfterMs(), subject }));
    this.entries.sort((one, other) => other.at - one.at);
  }

  now(): number {
    return this.time;
  }

  /** Removes the next entry and moves the clock to its time. */
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
