import assert from 'node:assert/strict';
import { inspect } from 'node:util';

/** Fails the test with what was demanded and what was found. */
export function demand(holds: boolean, what: string): asserts holds {
  assert.ok(holds, what);
}

export function fail(what: string): never {
  assert.fail(what);
}

/** By its name, not by `instanceof`: under jest it comes from another realm. */
export function isAssertion(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AssertionError';
}

/** @throws AssertionError unless both are the same value, or lists of the same values. */
export function demandEqual(found: unknown, expected: unknown, what: string): void {
  const same =
    Array.isArray(found) && Array.isArray(expected)
      ? found.length === expected.length && found.every((item, index) => Object.is(item, expected[index]))
      : Object.is(found, expected);
  demand(same, `${what}: expected ${short(expected)}, found ${short(found)}`);
}

/** Any value on one bounded line. */
export function short(value: unknown): string {
  const line = inspect(value, { depth: 3, breakLength: Infinity, maxStringLength: 200 }).replaceAll(/\s+/g, ' ');
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
