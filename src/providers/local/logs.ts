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
/** A line that is longer comes in parts, bytes. */
const LONGEST_LINE = 64 * 1024;
const READ_AT_ONCE = 4 * LONGEST_LINE;
/** Between two looks at the file while nothing comes, ms. */
const FOLLOW_PAUSE_MS = 250;
/** How long a follower waits for the rest of a line, ms: progress is often written without line ends. */
const PARTIAL_MS = 1_000;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

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
  let partialSince: number | undefined;
  for (;;) {
    // Asked before the file is read: what it wrote, it wrote before it went.
    const isLast = !follow || (await pod.hasEnded());
    for (;;) {
      const part = await readOutput(pod.directory, place, READ_AT_ONCE);
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
  isPartial: boolean;
  /** The place after it. */
  next: number;
}

/** The lines of a part. What has no line end yet is left for later, unless that is overdue, or never comes. */
function* linesOf({ from, bytes }: OutputPart, rest: 'open' | 'overdue' | 'last'): Generator<Line, void, undefined> {
  let begin = 0;
  while (begin < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, begin);
    const here = (newline === -1 ? bytes.length : newline) - begin;
    const isWhole = here <= LONGEST_LINE && (newline !== -1 || rest === 'last');
    if (!isWhole && here < LONGEST_LINE && rest === 'open') return;
    const length = isWhole ? here : wholeCharacters(bytes.subarray(begin, begin + Math.min(here, LONGEST_LINE)));
    if (length === 0 && !isWhole) return;
    const text = bytes.toString('utf8', begin, begin + length).replace(/\r$/, '');
    begin += isWhole && newline !== -1 ? length + 1 : length;
    yield { text, isPartial: !isWhole, next: from + begin };
  }
}

/** How many bytes of a part can be shown: a character may be cut, and a carriage return may belong to a line's end. */
function wholeCharacters(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < 3 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  const lead = bytes[end - 1] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  const whole = end - 1 + length <= bytes.length ? bytes.length : end - 1;
  return bytes[whole - 1] === CARRIAGE_RETURN ? whole - 1 : whole;
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
