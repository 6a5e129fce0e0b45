import { SimulatedFailure } from './failure';

/** Deeper than any data that a cloud would take. */
const DEEPEST = 64;

/** A frozen copy of plain data: texts, numbers, booleans, lists and objects of them. @throws SimulatedFailure `invalid`, naming the field */
export function frozenCopy<T>(value: T, path: string, depth = 0): T {
  if (depth > DEEPEST) throw new SimulatedFailure('invalid', `${path}: is nested too deeply`);
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new SimulatedFailure('invalid', `${path}: is no plain data`);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item, index) => frozenCopy(item, `${path}[${index}]`, depth + 1))) as T;
  }
  // As own fields, whatever they are called: `__proto__` is a name like any other here.
  const copied = Object.entries(value).map(([name, item]) => [name, frozenCopy(item, `${path}.${name}`, depth + 1)]);
  return Object.freeze(Object.fromEntries(copied)) as T;
}
