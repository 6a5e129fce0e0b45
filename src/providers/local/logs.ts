import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError } from '../../model';
import type { LogLine, LogOptions } from '../contract';
import { readOutput } from './output';
import type { OutputPart } from './output';

export interface LoggedPod {
  name: string;
  directory: string;
  /** Whether the pod has ended, so that no more output comes. */
  hasEnded: () => Promise<boolean>;
}

const DEFAULT_TAIL = 100;
/** Longer lines are split into parts, bytes. */
const MAX_LINE_BYTES = 64 * 1024;
const READ_BYTES = 4 * MAX_LINE_BYTES;
/** Poll interval of the file, ms. */
const FOLLOW_PAUSE_MS = 250;
/** How long a follower waits for the rest of a line, ms. Progress output often has no line endings. */
const PARTIAL_MS = 1_000;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Reads the lines of a pod's output from its file. Their times are unknown, since the command writes to the file directly. A cursor is an offset in the
 * whole output, in bytes.
 *
 * @throws PodkeeperError `validation` for an invalid cursor.
 */
export async function* readLogs(
  pod: LoggedPod,
  { after, tail = DEFAULT_TAIL, follow = true }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine, void, undefined> {
  let place = after === undefined ? await startOfTail(pod.directory, tail) : placeOf(after);
  let partialSince: number | undefined;
  for (;;) {
    // Checked before the file is read: all output was written before the end.
    const isLast = !follow || (await pod.hasEnded());
    for (;;) {
      const part = await readOutput(pod.directory, place, READ_BYTES);
      if (part.from > place) yield gap(part.from - place, part.from);
      const isEnd = part.from + part.bytes.length === part.end;
      place = part.from;
      const isOverdue = partialSince !== undefined && performance.now() - partialSince >= PARTIAL_MS;
      const rest = isEnd && isLast ? 'last' : isEnd && isOverdue ? 'overdue' : 'open';
      for (const { text, next, isPartial } of linesOf(part, rest)) {
        place = next;
        partialSince = undefined;
        yield {
          source: sourceOf(text, pod.name),
          text,
          ...(isPartial && { isPartial }),
          at: null,
          cursor: String(next),
        };
        if (signal.aborted) return;
      }
      if (isEnd || part.bytes.length === 0) {
        partialSince = place < part.end ? (partialSince ?? performance.now()) : undefined;
        break;
      }
    }
    if (isLast) return;
    await pause(FOLLOW_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

/** The offset at which the last `tail` lines begin. */
async function startOfTail(directory: string, tail: number): Promise<number> {
  const { end, oldest } = await readOutput(directory, Number.MAX_SAFE_INTEGER, 0);
  let wanted = tail;
  let place = end;
  // The last newline ends a line; it doesn't begin another.
  let isLineEnd = true;
  while (place > oldest && wanted > 0) {
    const from = Math.max(oldest, place - MAX_LINE_BYTES);
    const { bytes, from: read } = await readOutput(directory, from, place - from);
    // The file was truncated meanwhile: its content is new.
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
  isPartial: boolean;
  /** The offset after it. */
  next: number;
}

/** The lines of a part. A rest without a line ending is left for later, unless it is `overdue` or the `last` one. */
function* linesOf({ from, bytes }: OutputPart, rest: 'open' | 'overdue' | 'last'): Generator<Line, void, undefined> {
  let begin = 0;
  while (begin < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, begin);
    const here = (newline === -1 ? bytes.length : newline) - begin;
    const isWhole = here <= MAX_LINE_BYTES && (newline !== -1 || rest === 'last');
    if (!isWhole && here < MAX_LINE_BYTES && rest === 'open') return;
    const length = isWhole ? here : wholeCharacters(bytes.subarray(begin, begin + Math.min(here, MAX_LINE_BYTES)));
    if (length === 0 && !isWhole) return;
    const text = bytes.toString('utf8', begin, begin + length).replace(/\r$/, '');
    begin += isWhole && newline !== -1 ? length + 1 : length;
    yield { text, isPartial: !isWhole, next: from + begin };
  }
}

/** How many bytes of a partial line to show: without a split UTF-8 character, and without a final carriage return, which may belong to a line ending. */
function wholeCharacters(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < 3 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  const lead = bytes[end - 1] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  const whole = end - 1 + length <= bytes.length ? bytes.length : end - 1;
  return bytes[whole - 1] === CARRIAGE_RETURN ? whole - 1 : whole;
}

function gap(bytes: number, next: number): LogLine {
  const text = `podkeeper: ${bytes} bytes of older output are no longer kept`;
  return { source: 'system', text, at: null, cursor: String(next) };
}

/** The launcher writes to the same file. Its messages begin with the pod's name. */
function sourceOf(text: string, pod: string): LogLine['source'] {
  return text.startsWith(`podkeeper: ${pod}: `) || text.startsWith(`podkeeper: ending ${pod} `)
    ? 'system'
    : 'container';
}

function placeOf(cursor: string): number {
  const place = /^\d{1,15}$/.test(cursor) ? Number(cursor) : NaN;
  if (Number.isSafeInteger(place)) return place;
  throw new PodkeeperError('validation', 'after: must be the cursor of a line read before', {
    provider: 'local',
  });
}
