/**
 * Called by instrumented code around each `await`. Only part of the test build. Depends only on Node, since a pod's launcher also runs it.
 */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';

/** Right before the awaited expression is evaluated, or right after its promise has settled. */
export type Side = 'before' | 'after';

/** The process's role. */
export type Role = 'worker' | 'launcher';

/** Before or after the scenario's turning point, which is usually the request for the claim's end. */
export type Half = 'first' | 'second';

/** A place that a process reached, or where it dies. */
export interface Place {
  role: Role;
  /** As {@link Await.id}. */
  point: string;
  side: Side;
  half: Half;
}

/** The value of {@link CRASH_VARIABLE}, as JSON. */
export interface CrashOrder {
  /** A file that exists once the second half has begun. */
  secondHalfPath: string;
  /** Die when this place is first reached. The file records that, so that it happens once. */
  kill?: { place: Place; killedPath: string };
  /** Record each place that is reached, one line of JSON each. */
  recordPath?: string;
}

/** Begins with `LC_`, so that a pod's launcher inherits it from its worker. */
export const CRASH_VARIABLE = 'LC_PODKEEPER_CRASH';

const role: Role = process.env['PODKEEPER_LOCAL_LAUNCHER'] === '1' ? 'launcher' : 'worker';
const recorded = new Set<string>();
let order: CrashOrder | undefined;
let isSecondHalf = false;

/** @param point of the await */
export function before(point: string): void {
  reach(point, 'before');
}

/** Returns the awaited value, and reports its settling before the waiting code continues. */
export function settled<T>(point: string, awaited: T): T | Promise<Awaited<T>> {
  const after = (): void => reach(point, 'after');
  if (awaited instanceof Promise) {
    // Attached first, so that the order of microtasks is the same as in the normal build.
    void awaited.then(after, after);
    return awaited;
  }
  if (!isThenable(awaited)) {
    after();
    return awaited;
  }
  // A foreign thenable; it settles a few microtasks later.
  return Promise.resolve(awaited).finally(after);
}

/** The `await`s of a `for await`: one for each `next`. */
export function each<T>(point: string, iterable: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const inner = iterable[Symbol.asyncIterator]();
      const next = (): Promise<IteratorResult<T>> => {
        before(point);
        return settled(point, inner.next());
      };
      const leave = inner.return?.bind(inner);
      return leave === undefined ? { next } : { next, return: leave };
    },
  };
}

function reach(point: string, side: Side): void {
  // Read on first use: a worker gets it after it was loaded.
  order ??= JSON.parse(process.env[CRASH_VARIABLE] ?? '{"secondHalfPath":""}') as CrashOrder;
  const { secondHalfPath, kill, recordPath } = order;
  // Some points are reached thousands of times.
  const isOfInterest = kill === undefined ? recordPath !== undefined : isAt(kill.place, point, side);
  if (!isOfInterest) return;
  isSecondHalf ||= existsSync(secondHalfPath);
  const half: Half = isSecondHalf ? 'second' : 'first';
  if (recordPath !== undefined) record({ role, point, side, half }, recordPath);
  if (kill?.place.half === half) die(kill.killedPath);
}

function isAt(place: Place, point: string, side: Side): boolean {
  return place.point === point && place.side === side && place.role === role;
}

function record(place: Place, path: string): void {
  const line = JSON.stringify(place);
  if (recorded.has(line)) return;
  recorded.add(line);
  appendFileSync(path, `${line}\n`);
}

function die(killedPath: string): void {
  try {
    writeFileSync(killedPath, `${process.pid}`, { flag: 'wx' });
  } catch {
    // Another process was already killed here.
    return;
  }
  process.kill(process.pid, 'SIGKILL');
  // Don't continue until the signal arrives.
  for (;;);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
