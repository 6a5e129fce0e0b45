/**
 * What instrumented code calls around each `await`: part of the test build, of nothing that is shipped. Needs nothing but Node, since a pod's launcher
 * runs it, too.
 */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';

/** Right before what is awaited is evaluated, or right after it has settled, whichever way. */
export type Side = 'before' | 'after';

/** Whose process it is. */
export type Role = 'worker' | 'launcher';

/** Before or after the turn that a play takes: asking for the claim's end, as a rule. */
export type Act = 'first' | 'second';

/** Where a process was, or is to die. */
export interface Place {
  role: Role;
  /** As {@link Await.id}. */
  point: string;
  side: Side;
  act: Act;
}

/** What a process is told in {@link CRASH_VARIABLE}, as JSON. */
export interface CrashOrder {
  /** The file whose being there says that the play has taken its turn. */
  turnPath: string;
  /** Die at the first hit of this place, and once: the file says that it has been. */
  kill?: { place: Place; killedPath: string };
  /** Write down each place that is reached, a line of JSON each. */
  recordPath?: string;
}

/** Begins like the variables that a pod's launcher inherits of its worker. */
export const CRASH_VARIABLE = 'LC_PODKEEPER_CRASH';

const role: Role = process.env['PODKEEPER_LOCAL_LAUNCHER'] === '1' ? 'launcher' : 'worker';
const recorded = new Set<string>();
let order: CrashOrder | undefined;
let hasTurned = false;

/** @param point of the await */
export function before(point: string): void {
  reach(point, 'before');
}

/** Answers what is to be awaited, so that its settling is heard of before the code that waits for it goes on. */
export function settled<T>(point: string, awaited: T): T | Promise<Awaited<T>> {
  const after = (): void => reach(point, 'after');
  if (awaited instanceof Promise) {
    // The first to listen: not even the order of microtasks differs from that of the code as it is shipped.
    void awaited.then(after, after);
    return awaited;
  }
  if (!isThenable(awaited)) {
    after();
    return awaited;
  }
  // None of ours; it settles a few microtasks later than by itself.
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
  // Read at the first hit: a worker is told after it was loaded.
  order ??= JSON.parse(process.env[CRASH_VARIABLE] ?? '{"turnPath":""}') as CrashOrder;
  const { turnPath, kill, recordPath } = order;
  // Some are hit thousands of times.
  const isOfInterest = kill === undefined ? recordPath !== undefined : isAt(kill.place, point, side);
  if (!isOfInterest) return;
  hasTurned ||= existsSync(turnPath);
  const act: Act = hasTurned ? 'second' : 'first';
  if (recordPath !== undefined) record({ role, point, side, act }, recordPath);
  if (kill?.place.act === act) die(kill.killedPath);
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
    // Another process was killed here before.
    return;
  }
  process.kill(process.pid, 'SIGKILL');
  // Not one line further, should the signal take its time.
  for (;;);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
