import { closeSync, fstatSync, openSync, readSync, renameSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../../model/systemError';
import { FILES, readJson, writeJson } from './state';

/*
 * A pod's output. The command writes to a file that it holds open, so its output needs no other process. The launcher limits the file's size: it copies the
 * content to an older file and truncates the first. Offsets count from the pod's first byte, whichever file they are in.
 */

/**
 * Size of each of the two files, bytes. At least the newest 8 MiB are kept, and at most twice as much plus what is written between two checks.
 */
export const OUTPUT_FILE_BYTES = 8 * 1024 * 1024;

/** The offsets of the two files in the whole output. */
interface OutputPlace {
  /** Offset of the newer file's first byte. */
  start: number;
  /** What the older file contains; `null` if there is none yet. */
  older: { start: number; length: number } | null;
  /** Whether the files are being changed, so that they are inconsistent. */
  cutting: boolean;
}

/** A part of a pod's output. */
export interface OutputPart {
  /** Offset of its first byte. */
  from: number;
  bytes: Buffer;
  /** Offset of the output's end when it was read. */
  end: number;
  /** Offset of the oldest byte that is kept. */
  oldest: number;
}

const BEGINNING: OutputPlace = { start: 0, older: null, cutting: false };
const COPY_BYTES = 64 * 1024;
/** Poll interval while the files are being changed, and after how long their writer counts as dead, ms. */
const CUTTING_PAUSE_MS = 10;
const CUTTING_MS = 1_000;

/**
 * Moves the output to the older file once the newer one is full. Output written between the end of the copy and the truncation is lost. If the copy fails,
 * nothing changes.
 *
 * @throws a system error.
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

/** Copies a file from the first line that begins at or after an offset, up to its end, which may grow meanwhile. */
function copyEnd(path: string, target: string, place: number): { from: number; to: number } {
  const draft = `${target}.${process.pid}`;
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  const source = openSync(path, 'r');
  const copy = openSync(draft, 'w', 0o600);
  const from = lineStart(source, place, buffer);
  let to = from;
  try {
    // A limit, so that a command that writes faster than we copy doesn't delay the pod's end. It loses some output.
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
 * Reads from an offset, or from the oldest kept byte if that is newer. An offset beyond the end means that something else truncated the file: it is then read
 * from its beginning.
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
  // The older file is missing: only the newer one is kept.
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
