import { isObject } from '../../providers/wire';

/** Checks a value: one line per error, beginning with its path. */
export type Check = (value: unknown, path: string) => string[];

export function textOf({ least = 0, form }: { least?: number; form?: RegExp } = {}): Check {
  return (value, path) => {
    if (typeof value !== 'string') return [`${path}: must be a string`];
    if (value.length < least) return [`${path}: must have ${least} or more characters`];
    return form === undefined || form.test(value) ? [] : [`${path}: must match ${form.source}`];
  };
}

export function integer(least: number): Check {
  return (value, path) => {
    if (!Number.isSafeInteger(value)) return [`${path}: must be an integer`];
    return Number(value) >= least ? [] : [`${path}: must be ${least} or more`];
  };
}

export const boolean: Check = (value, path) => (typeof value === 'boolean' ? [] : [`${path}: must be a boolean`]);

export function oneOf(...words: readonly string[]): Check {
  return (value, path) => (words.includes(value as string) ? [] : [`${path}: must be one of ${words.join(', ')}`]);
}

export function orNull(check: Check): Check {
  return (value, path) => (value === null ? [] : check(value, path));
}

export function listOf(check: Check, most = Infinity): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return [`${path}: must be an array`];
    if (value.length > most) return [`${path}: must have ${most} or fewer items`];
    return value.flatMap((item, index) => check(item, `${path}[${index}]`));
  };
}

export function mapOf(check: Check): Check {
  return (value, path) => {
    if (!isObject(value)) return [`${path}: must be an object`];
    return Object.entries(value).flatMap(([name, of]) => check(of, `${path}.${name}`));
  };
}

/** An object with only these fields. */
export function closedObject(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path) => {
    if (!isObject(value)) return [`${path}: must be an object`];
    const at = (name: string) => (path === 'body' ? name : `${path}.${name}`);
    const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${at(name)}: is required`);
    const faults = Object.entries(value).flatMap(([name, of]) => {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return check === undefined ? [`${at(name)}: is not a field`] : check(of, at(name));
    });
    return [...missing, ...faults];
  };
}
