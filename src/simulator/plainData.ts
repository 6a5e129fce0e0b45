import { SimulatedFailure } from './failure';

/** Maximum nesting depth, deeper than any real request. */
const MAX_DEPTH = 64;

/** A frozen copy of plain data: texts, numbers, booleans, lists and objects of them. @throws SimulatedFailure `invalid`, naming the field */
export function frozenCopy<T>(value: T, path: string, depth = 0): T {
  if (depth > MAX_DEPTH) throw new SimulatedFailure('invalid', `${path}: is nested too deeply`);
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new SimulatedFailure('invalid', `${path}: must be plain data`);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item, index) => frozenCopy(item, `${path}[${index}]`, depth + 1))) as T;
  }
  // As own fields, so that a field may be named `__proto__`.
  const copied = Object.entries(value).map(([name, item]) => [name, frozenCopy(item, `${path}.${name}`, depth + 1)]);
  return Object.freeze(Object.fromEntries(copied)) as T;
}
