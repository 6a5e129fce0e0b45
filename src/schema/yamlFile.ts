import { readFileSync, statSync } from 'node:fs';
import type { Document } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { isPodkeeperError, messageOf, PodkeeperError } from '../model';
import { codeOf } from '../model/systemError';
import type { Locate, Path } from './issues';
import { isPlainObject } from './plainData';

// A few lines of aliases that refer to aliases can expand without limit.
const MAX_ALIASES = 50;
const MAX_BYTES = 1_048_576;
const TOO_LARGE = 'is too large: at most 1 MiB';
const STDIN = 0;

/** The content of a YAML or JSON file, not checked. */
export interface YamlFile {
  data: unknown;
  /** Where a field, or the closest one that contains it, is written: `<file>:<line>`. */
  locate: Locate;
}

/**
 * Reads a file of YAML 1.2 (core schema) or JSON. Merge keys (`<<`) are merged. Top-level fields that start with `x-` are left out: they are for anchors.
 * Duplicate keys, unknown tags and more than one document are refused.
 *
 * @param path `-` reads standard input
 * @throws PodkeeperError `validation`, with `<file>:<line>` if there is a line
 */
export function readYamlFile(path: string): YamlFile {
  const isStdin = path === '-';
  const file = isStdin ? 'stdin' : path;
  const lines = new LineCounter();
  const document = parseDocument(readText(isStdin ? STDIN : path, file), {
    version: '1.2',
    schema: 'core',
    merge: true,
    uniqueKeys: true,
    stringKeys: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    throw unreadable(`${file}:${lines.linePos(fault.pos[0]).line}`, `is not valid YAML: ${faultOf(fault)}`);
  }
  return {
    data: withoutExtensions(dataOf(document, file)),
    locate: (path) => `${file}:${lines.linePos(offsetOf(document, path)).line}`,
  };
}

function readText(source: string | number, file: string): string {
  try {
    if (typeof source === 'string' && statSync(source).size > MAX_BYTES) throw unreadable(file, TOO_LARGE);
    const bytes = readFileSync(source);
    if (bytes.byteLength > MAX_BYTES) throw unreadable(file, TOO_LARGE);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (isPodkeeperError(error)) throw error;
    const code = codeOf(error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw unreadable(file, 'is not UTF-8 text: save it as UTF-8');
    if (code === 'ENOENT') throw unreadable(file, 'does not exist: check the path');
    throw unreadable(
      file,
      `can't be read (${code ?? messageOf(error)}): check that it is a file and that you have permission to read it`,
    );
  }
}

function dataOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw unreadable(file, `is not valid YAML: ${messageOf(error)}`);
  }
}

function withoutExtensions(data: unknown): unknown {
  if (!isPlainObject(data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith('x-')));
}

function faultOf(fault: { code: string; message: string }): string {
  if (fault.code === 'DUPLICATE_KEY') return 'a key is duplicated: remove one';
  if (fault.code === 'MULTIPLE_DOCS') return "a second document starts: remove '---' and what follows";
  if (fault.code === 'NON_STRING_KEY') return 'a key is not a text: put it in quotes';
  return fault.message;
}

/** The position of the last part of a path that exists, in characters. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function unreadable(where: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `${where}: ${message}`, { details: [{ path: '', message }] });
}
