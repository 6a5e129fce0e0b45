import { PodkeeperError } from '../model';

/** Rejects an option or argument of the simulator. @throws PodkeeperError `validation`, naming the field */
export function refuse(path: string, message: string): never {
  throw new PodkeeperError('validation', `${path}: ${message}`, { details: [{ path, message }] });
}

/** Rejects values that aren't objects, and unknown fields. `path` is empty for the options themselves. */
export function checkFields(path: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(path || 'options', 'must be an object');
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    refuse(path === '' ? name : `${path}.${name}`, `is not a field: choose from ${known.join(', ')}`);
  }
}

/** The allowed range of a number. */
export interface NumberRule {
  /** Default: 0. */
  least?: number;
  most?: number;
  whole?: boolean;
  /** Whether `Infinity` is allowed. */
  infinite?: boolean;
}

/** Rejects a given value that isn't a number within the rule. */
export function checkNumber(path: string, value: unknown, rule: NumberRule = {}): void {
  if (value === undefined) return;
  const { least = 0, most = Infinity, whole = false, infinite = false } = rule;
  if (infinite && value === Infinity) return;
  const fits = typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most;
  if (fits && (!whole || Number.isInteger(value))) return;
  const range = most === Infinity ? `${least} or more` : `${least} to ${most}`;
  refuse(
    path,
    `must be a ${whole ? 'whole ' : ''}number, ${range}${infinite ? ', or Infinity' : ''}, but is ${shown(value)}`,
  );
}

/** Rejects a given value that isn't one of the words. */
export function checkWord(path: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || (typeof value === 'string' && words.includes(value))) return;
  refuse(path, `must be one of ${words.join(', ')}, but is ${shown(value)}`);
}

/** Rejects a given value that isn't a non-empty text. */
export function checkText(path: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  refuse(path, `must be a non-empty text, but is ${shown(value)}`);
}

/** Rejects a given value that is neither a non-empty text nor a RegExp. */
export function checkPattern(path: string, value: unknown): void {
  if (!isPattern(value)) checkText(path, value);
}

/** Rejects a given value that isn't a function. */
export function checkFunction(path: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') refuse(path, `must be a function, but is ${shown(value)}`);
}

/** Rejects values that aren't lists. A missing list is empty. */
export function listOf(path: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) refuse(path, `must be a list, but is ${shown(value)}`);
  return value as readonly unknown[];
}

/** Whether a name equals the text or matches the RegExp. Without either, every name matches. */
export function fitsName(pattern: string | RegExp | undefined, name: string): boolean {
  if (pattern === undefined || typeof pattern === 'string') return pattern === undefined || pattern === name;
  // A RegExp with the flag g or y keeps its position between calls.
  return new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')).test(name);
}

/** Not `instanceof`: under jest, a RegExp may come from another realm. */
function isPattern(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
