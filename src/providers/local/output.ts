import { closeSync, fstatSync, openSync, readSync, renameSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FILES, readJson, writeJson } from './state';
import { codeOf } from './systemError';

/*
 * A pod's output: the command writes to a file that it holds open, so that it needs nobody for that. The launcher keeps the file small: it copies what is
 * there to another file and empties the first. Places in the output are counted from the pod's first byte, whichever file they are in by now.
 */

/**
 * How much of a pod's output each of the two files holds, bytes. At least the newest 8 MiB are kept, at most twice as much and what is written between two
 * looks of the launcher.
 */
export const OUTPUT_FILE_BYTES = 8 * 1024 * 1024;

/** Where in the whole output the two files begin. */
interface OutputPlace {
  /** The place of the newer file's first byte. */
  start: number;
  /** What the older file holds; `null` before there is one. */
  older: { start: number; length: number } | null;
  /** The two files are being changed: what they say together means nothing at this moment. */
  cutting: boolean;
}

/** A part of a pod's output. */
export interface OutputPart {
  /** The place of its first byte. */
  from: number;
  bytes: Buffer;
  /** Where the output ended when it was read. */
  end: number;
  /** The first place that was still kept. */
  oldest: number;
}

const BEGINNING: OutputPlace = { start: 0, older: null, cutting: false };
const COPIED_AT_ONCE = 64 * 1024;
/** Between two looks at files that are being changed, and for how long before the one who changed them counts as lost, ms. */
const CUTTING_PAUSE_MS = 10;
const CUTTING_MS = 1_000;

/**
 * Moves the output on to the older file once the newer one is full. What the command writes in the moment between the copy's last byte and the emptying is
 * lost. When the copy fails, all stays as it was.
 *
 * @throws Error of the system.
 */
export function trimOutput(podDirectory: string, mostBytes = OUTPUT_FILE_BYTES): void {
  const path = join(podDirectory, FILES.log);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= mostBytes) return;
  const place = readPlace(podDirectory);
  writeJson(join(podDirectory, FILES.logPlace), { ...place, cutting: true });
  let next = place;
  try {
    const { from, to } = copyEnd(path, join(podDirectory, FILES.olderLog), size - mostBytes);
    truncateSync(path);
    next = { start: place.start + to, older: { start: place.start + from, length: to - from }, cutting: false };
  } finally {
    writeJson(join(podDirectory, FILES.logPlace), { ...next, cutting: false });
  }
}

/** Copies a file to its end, which may move meanwhile, from the first line on that begins at a place or after it. */
function copyEnd(path: string, target: string, place: number): { from: number; to: number } {
  const draft = `${target}.${process.pid}`;
  const buffer = Buffer.allocUnsafe(COPIED_AT_ONCE);
  const source = openSync(path, 'r');
  const copy = openSync(draft, 'w', 0o600);
  const from = lineStart(source, place, buffer);
  let to = from;
  try {
    // Whoever writes faster than this copies loses some of it, and doesn't hold up the pod's end.
    const limit = fstatSync(source).size + OUTPUT_FILE_BYTES;
    for (let read = -1; read !== 0 && to < limit; to += read) {
      read = readSync(source, buffer, 0, buffer.length, to);
      for (let written = 0; written < read;) written += writeSync(copy, buffer, written, read - written);
    }
  } finally {
    closeSync(source);
    closeSync(copy);
  }
  renameSync(draft, target);
  return { from, to };
}

function lineStart(file: number, place: number, buffer: Buffer): number {
  const read = readSync(file, buffer, 0, buffer.length, place - 1);
  const newline = buffer.subarray(0, read).indexOf('\n');
  return newline === -1 ? place : place + newline;
}

/**
 * Reads from a place on; from the oldest byte that is kept, where the place is older. A place beyond the end is that of a file which somebody else has
 * emptied: what is in it now is read from its beginning.
 */
export async function readOutput(podDirectory: string, from: number, mostBytes: number): Promise<OutputPart> {
  const startedAt = performance.now();
  for (;;) {
    const before = readPlace(podDirectory);
    const isSettled = !before.cutting || performance.now() - startedAt > CUTTING_MS;
    if (isSettled) {
      const part = readAt(podDirectory, before, from, mostBytes);
      const after = readPlace(podDirectory);
      if (after.start === before.start && after.cutting === before.cutting) return part;
    }
    await pause(CUTTING_PAUSE_MS);
  }
}

function readAt(
  podDirectory: string,
  { start, older, cutting }: OutputPlace,
  from: number,
  mostBytes: number,
): OutputPart {
  const newerFile = join(podDirectory, FILES.log);
  const end = start + (statSync(newerFile, { throwIfNoEntry: false })?.size ?? 0);
  const oldest = older !== null && !cutting ? older.start : start;
  const first = from > end ? start : Math.max(from, oldest);
  const ofOlder = Math.max(0, Math.min(start - first, mostBytes));
  const before = readBytes(join(podDirectory, FILES.olderLog), first - oldest, ofOlder);
  // Without the older file only the newer one is kept.
  const begin = before.length < ofOlder ? start : first;
  const kept = before.length < ofOlder ? Buffer.alloc(0) : before;
  const skipped = Math.max(0, begin - start);
  const after = readBytes(newerFile, skipped, Math.min(mostBytes - kept.length, end - start - skipped));
  return { from: begin, bytes: Buffer.concat([kept, after]), end, oldest };
}

function readBytes(path: string, position: number, length: number): Buffer {
  if (length <= 0) return Buffer.alloc(0);
  const bytes = Buffer.alloc(length);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, length, position));
  } finally {
    closeSync(file);
  }
}

function readPlace(podDirectory: string): OutputPlace {
  return readJson(join(podDirectory, FILES.logPlace), isPlace) ?? BEGINNING;
}

function isPlace(value: object): value is OutputPlace {
  return 'start' in value && typeof value.start === 'number' && 'older' in value && 'cutting' in value;
}
