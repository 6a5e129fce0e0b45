import type { Issue, Path } from './issues';

// Members of every object's prototype: as a key, each is an attack or an accident.
const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];
const MAX_DEPTH = 32;
const MAX_VALUES = 20_000;
const TOO_LARGE: Issue = { path: [], message: `is too large: at most ${MAX_VALUES} values` };

/**
 * Copies input as plain JSON data, so that later checks see exactly what is used: no getters, no inherited fields, no cycles, no `__proto__`. A field that
 * is `undefined` counts as left out. What can't be copied is an issue, and `null` or missing in the copy.
 */
export function plainData(input: unknown): { data: unknown; issues: Issue[] } {
  const issues: Issue[] = [];
  const ancestors: object[] = [];
  let values = 0;

  function refuse(path: Path, message: string): null {
    issues.push({ path, message });
    return null;
  }

  function copy(value: unknown, path: Path): unknown {
    values += 1;
    if (values > MAX_VALUES) return null;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : refuse(path, 'must be a finite number');
    if (typeof value !== 'object') return refuse(path, `must be plain data, not of type ${typeof value}`);
    if (ancestors.includes(value)) return refuse(path, 'must be plain data: it contains itself');
    if (ancestors.length >= MAX_DEPTH) return refuse(path, `is nested too deep: at most ${MAX_DEPTH} levels`);
    ancestors.push(value);
    const copied = copyObject(value, path);
    ancestors.pop();
    return copied;
  }

  function copyObject(value: object, path: Path): unknown {
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      for (let index = 0; index < value.length && values <= MAX_VALUES; index++) {
        list.push(copy(value[index], [...path, index]));
      }
      return list;
    }
    if (!isPlainObject(value)) return refuse(path, 'must be plain data, not an instance of a class');
    const object: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const at = [...path, key];
      if (FORBIDDEN_KEYS.includes(key)) refuse(at, "can't be a key: remove it");
      else {
        const field = value[key];
        if (field !== undefined) object[key] = copy(field, at);
      }
    }
    return object;
  }

  const data = copy(input, []);
  return values > MAX_VALUES ? { data: null, issues: [TOO_LARGE] } : { data, issues };
}

/** Whether a value is an object with plain fields: not a list, `null` or an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  // Not compared with Object.prototype: in the sandbox of a test runner or a workflow there are several.
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'));
}
