import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError } from '../../model';
import type { LogLine, LogOptions } from '../contract';
import { readOutput } from './output';
import type { OutputPart } from './output';

/** A pod whose output is read. */
export interface LoggedPod {
  name: string;
  directory: string;
  /** Whether it will write no more. */
  hasEnded: () => Promise<boolean>;
}

const DEFAULT_TAIL = 100;
/** A line that is longer is told in pieces, bytes. */
const LONGEST_LINE = 64 * 1024;
const READ_AT_ONCE = 4 * LONGEST_LINE;
/** Between two looks at the file while nothing comes, ms. */
const FOLLOW_PAUSE_MS = 250;
const NEWLINE = 0x0a;

/**
 * The lines of a pod's output, from its file. Their time isn't known: the command writes to the file by itself. A cursor is a place in the whole output, in
 * bytes.
 *
 * @throws PodkeeperError `validation` for a cursor that is none of ours.
 */
export async function* readLogs(
  pod: LoggedPod,
  { after, tail = DEFAULT_TAIL, follow = true }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine, void, undefined> {
  let place = after === undefined ? await startOfTail(pod.directory, tail) : placeOf(after);
  for (;;) {
    // Asked before the file is read: what it wrote, it wrote before it went.
    const isLast = !follow || (await pod.hasEnded());
    for (;;) {
      const part = await readOutput(pod.directory, place, READ_AT_ONCE);
      if (part.from > place) yield gap(part.from - place, part.from);
      const isEnd = part.from + part.bytes.length === part.end;
      place = part.from;
      for (const { text, next } of linesOf(part, isLast && isEnd)) {
        place = next;
        yield { source: sourceOf(text, pod.name), text, at: null, cursor: String(next) };
        if (signal.aborted) return;
      }
      if (isEnd || part.bytes.length === 0) break;
    }
    if (isLast) return;
    await pause(FOLLOW_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

/** Where the last lines begin, at most so many. */
async function startOfTail(directory: string, tail: number): Promise<number> {
  const { end, oldest } = await readOutput(directory, Number.MAX_SAFE_INTEGER, 0);
  let wanted = tail;
  let place = end;
  // The newline of the last line is its end, not the beginning of another.
  let isLineEnd = true;
  while (place > oldest && wanted > 0) {
    const from = Math.max(oldest, place - LONGEST_LINE);
    const { bytes, from: read } = await readOutput(directory, from, place - from);
    // The file was emptied meanwhile: what is in it now is new.
    if (read !== from || bytes.length !== place - from) return read;
    for (let index = bytes.length - 1; index >= 0; index -= 1) {
      if (bytes[index] === NEWLINE && !isLineEnd) wanted -= 1;
      if (wanted <= 0) return from + index + 1;
      isLineEnd = false;
    }
    place = from;
  }
  return place;
}

interface Line {
  text: string;
  /** The place after it. */
  next: number;
}

/** The lines of a part; what has no end yet only if it never will. */
function* linesOf({ from, bytes }: OutputPart, isLast: boolean): Generator<Line, void, undefined> {
  let begin = 0;
  while (begin < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, begin);
    const end = Math.min(newline === -1 ? bytes.length : newline, begin + LONGEST_LINE);
    if (newline === -1 && end - begin < LONGEST_LINE && !isLast) return;
    const next = end === newline ? end + 1 : end;
    yield { text: textOf(bytes.subarray(begin, end)), next: from + next };
    begin = next;
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\r$/, '');
}

function gap(bytes: number, next: number): LogLine {
  const text = `podkeeper: ${bytes} bytes of older output are not kept any more`;
  return { source: 'system', text, at: null, cursor: String(next) };
}

/** The launcher writes to the same file, and names the pod in whatever it says. */
function sourceOf(text: string, pod: string): LogLine['source'] {
  return text.startsWith(`podkeeper: ${pod}: `) || text.startsWith(`podkeeper: ending ${pod} `)
    ? 'system'
    : 'container';
}

function placeOf(cursor: string): number {
  const place = /^\d{1,15}$/.test(cursor) ? Number(cursor) : NaN;
  if (Number.isSafeInteger(place)) return place;
  throw new PodkeeperError('validation', 'after: must be the cursor of a line that was read before', {
    provider: 'local',
  });
}
