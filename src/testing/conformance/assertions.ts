import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { isErrorKind, isPodkeeperError } from '../../model';

import assert from 'node:assert/strict';

/** Fails the test unless the condition holds. */
export function demand(holds: boolean, what: string): asserts holds {
  assert.ok(holds, what);
}

export function fail(what: string): never {
  assert.fail(what);
}

/** By its name, not `instanceof`: under jest it comes from another realm. */
export function isAssertion(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AssertionError';
}

/** @throws AssertionError unless both are the same value, or lists of the same values */
export function demandEqual(found: unknown, expected: unknown, what: string): void {
  const same =
    Array.isArray(found) && Array.isArray(expected)
      ? found.length === expected.length && found.every((item, index) => Object.is(item, expected[index]))
      : Object.is(found, expected);
  demand(same, `${what}: expected ${short(expected)}, found ${short(found)}`);
}

/** Any value as one line of at most 400 characters. */
export function short(value: unknown): string {
  const line = inspect(value, { depth: 3, breakLength: Infinity, maxStringLength: 200 }).replaceAll(/\s+/g, ' ');
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}

/**
 * Waits at most `ms` for a promise, then aborts the call.
 *
 * @throws AssertionError naming what didn't happen
 */
export async function inTime<T>(promise: Promise<T>, ms: number, what: string, call?: AbortController): Promise<T> {
  const over = new AbortController();
  const late = pause(ms, undefined, { signal: over.signal }).then((): never => {
    call?.abort();
    return fail(`${what} within ${ms} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
    promise.catch(() => undefined);
  }
}

/** An error's kind, or a description if it isn't a PodkeeperError. */
export function kindOf(error: unknown): string {
  if (!isPodkeeperError(error)) return `not a PodkeeperError but ${nameOf(error)}`;
  return isErrorKind(error.kind) ? error.kind : `the unknown kind ${String(error.kind)}`;
}

/** Whether the error of a create guarantees that nothing was created. */
export function isRefused(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'refused' in error && error.refused === true;
}

export function retryAfterOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'retryAfterMs' in error ? error.retryAfterMs : undefined;
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : typeof error;
}
