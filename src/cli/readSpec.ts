import { InvalidArgumentError } from 'commander';
import { parse } from 'yaml';
import { messageOf } from '../model';
import { loadSpecFile, parsePodSpec } from '../schema';
import type { PodSpecInput } from '../schema';

/** One `--set`: which field, and what it is to be. */
export interface FieldChange {
  path: string[];
  value: unknown;
}

/**
 * Reads `maxLifetime=1h` or `env.MODE=fast`; the value is read as YAML.
 *
 * @throws InvalidArgumentError for a text without `=`, or a value that isn't YAML.
 */
export function parseFieldChange(text: string, before: FieldChange[] = []): FieldChange[] {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) {
    throw new InvalidArgumentError('Write a field and its value, for instance --set maxLifetime=1h.');
  }
  try {
    return [...before, { path: path.split('.'), value: parse(value, { schema: 'core' }) as unknown }];
  } catch (error) {
    throw new InvalidArgumentError(`The value of ${path} is not valid YAML: ${messageOf(error).split('\n')[0]}.`);
  }
}

/**
 * Reads a spec's file, changes fields of it, and checks the whole.
 *
 * @throws PodkeeperError `validation` or `unsupported`, naming the field, and the file's line for what is written there.
 */
export function readSpec(file: string, changes: readonly FieldChange[] = [], id?: string): PodSpecInput {
  let spec: unknown = loadSpecFile(file);
  for (const { path, value } of changes) spec = changed(spec, path, value);
  if (id !== undefined) spec = changed(spec, ['id'], id);
  parsePodSpec(spec);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was checked right before
  return spec as PodSpecInput;
}

/** A copy with another value at a path. Built from entries, so that a key such as `__proto__` is one like any other. */
function changed(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const entries = Object.entries(typeof target === 'object' && target !== null ? target : {});
  const before = entries.find(([name]) => name === key)?.[1] as unknown;
  return Object.fromEntries([...entries.filter(([name]) => name !== key), [key, changed(before, rest, value)]]);
}
