import type { ErrorKind } from './errors';

/** The kinds of provider calls; an error means something different for each. */
export type Operation = 'create' | 'read' | 'end';

/**
 * What an error kind leads to.
 *
 * - `fail`: the claim fails. This call created nothing, and waiting would not change the answer.
 * - `next`: wait, then make the next attempt under the next number.
 * - `locate`: the outcome is unknown. Look the name up before anything else.
 * - `retry`: repeat the call after its backoff.
 * - `alarm`: as `retry`, and raise an alarm at once: no backoff can cure it.
 */
export type Consequence = 'fail' | 'next' | 'locate' | 'retry' | 'alarm';

/**
 * Operation × kind. The `create` column applies to certain refusals only; a create that failed in any other way is `locate`, whatever its
 * kind. An end never fails: a debt stays open until it is proven gone or a person writes it off.
 */
export const CONSEQUENCES: Readonly<Record<ErrorKind, Readonly<Record<Operation, Consequence>>>> = {
  unauthorized: { create: 'fail', read: 'alarm', end: 'alarm' },
  forbidden: { create: 'fail', read: 'alarm', end: 'alarm' },
  not_found: { create: 'fail', read: 'retry', end: 'retry' },
  rate_limited: { create: 'next', read: 'retry', end: 'retry' },
  timeout: { create: 'next', read: 'retry', end: 'retry' },
  unsupported: { create: 'fail', read: 'alarm', end: 'alarm' },
  validation: { create: 'fail', read: 'alarm', end: 'alarm' },
  provider: { create: 'fail', read: 'retry', end: 'retry' },
  transport: { create: 'next', read: 'retry', end: 'retry' },
  unknown: { create: 'locate', read: 'retry', end: 'retry' },
  no_capacity: { create: 'next', read: 'retry', end: 'retry' },
  quota: { create: 'fail', read: 'retry', end: 'retry' },
  conflict: { create: 'locate', read: 'retry', end: 'retry' },
  price_above_cap: { create: 'fail', read: 'retry', end: 'retry' },
  outcome_unknown: { create: 'locate', read: 'retry', end: 'retry' },
};

/** Returns what an error kind leads to in an operation. */
export function consequenceOf(operation: Operation, kind: ErrorKind): Consequence {
  return CONSEQUENCES[kind][operation];
}
