import { PodkeeperError } from '../model';

/** Refuses an option or a control of the simulator. @throws PodkeeperError `validation`, naming the field */
export function refuse(path: string, message: string): never {
  throw new PodkeeperError('validation', `${path}: ${message}`, { details: [{ path, message }] });
}

/** Refuses what is no object, and fields that there aren't. `path` is empty for the options themselves. */
export function checkFields(path: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(path || 'options', 'must be an object');
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    refuse(path === '' ? name : `${path}.${name}`, `there is no such field: choose from ${known.join(', ')}`);
  }
}

/** What a number may be. */
export interface NumberRule {
  /** Default 0. */
  least?: number;
  most?: number;
  whole?: boolean;
  /** Whether `Infinity` will do. */
  infinite?: boolean;
}

/** Refuses what is given and no such number. */
export function checkNumber(path: string, value: unknown, rule: NumberRule = {}): void {
  if (value === undefined) return;
  const { least = 0, most = Infinity, whole = false, infinite = false } = rule;
  if (infinite && value === Infinity) return;
  const fits = typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most;
  if (fits && (!whole || Number.isInteger(value))) return;
  const range = most === Infinity ? `${least} or more` : `${least} to ${most}`;
  refuse(
    path,
    `must be a ${whole ? 'whole ' : ''}number, ${range}${infinite ? ', or Infinity' : ''}; it is ${shown(value)}`,
  );
}

/** Refuses what is given and not one of the words. */
export function checkWord(path: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || (typeof value === 'string' && words.includes(value))) return;
  refuse(path, `must be one of ${words.join(', ')}; it is ${shown(value)}`);
}

/** Refuses what is given and no text with something in it. */
export function checkText(path: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  refuse(path, `must be a text that is not empty; it is ${shown(value)}`);
}

/** Refuses what is given and neither a text nor a pattern. */
export function checkPattern(path: string, value: unknown): void {
  if (!isPattern(value)) checkText(path, value);
}

/** Refuses what is given and no function. */
export function checkFunction(path: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') refuse(path, `must be a function; it is ${shown(value)}`);
}

/** Refuses what is no list; an absent one is empty. */
export function listOf(path: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) refuse(path, `must be a list; it is ${shown(value)}`);
  return value as readonly unknown[];
}

/** Tells whether the name is the whole text, or has the pattern in it. No pattern fits every name. */
export function fitsName(pattern: string | RegExp | undefined, name: string): boolean {
  if (pattern === undefined || typeof pattern === 'string') return pattern === undefined || pattern === name;
  // A pattern with the flag g or y remembers where it was.
  return new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')).test(name);
}

/** By its class's name: under jest, a pattern may come from another realm. */
function isPattern(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
