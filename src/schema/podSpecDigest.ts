import { createHash } from 'node:crypto';
import type { Candidate, PodSpec } from '../model';
import { emptyPodSpec, formatDuration } from '../model';
import { formatPath } from './issues';
import { isPlainObject } from './plainData';

/**
 * A digest of a spec, 32 hexadecimal digits. Two specs have the same digest if, and only if, they mean the same. Fields that a spec leaves out don't
 * count, so that a claim keeps its digest when a later release adds a field.
 */
export function digestOf(spec: PodSpec): string {
  const empty = new Map(Object.entries(emptyPodSpec()).map(([field, value]) => [field, canonicalJson(value)]));
  const stated = Object.entries(spec).filter(([field, value]) => canonicalJson(value) !== empty.get(field));
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(stated)))
    .digest('hex')
    .slice(0, 32);
}

/**
 * What differs in `asked` from `given`, one line for each difference: `gpu: h100 → a100_80g`. `env`, `command` and `providerOptions` may contain secrets:
 * only names are shown of these.
 */
export function differencesOf(given: PodSpec, asked: PodSpec): string[] {
  const [before, after] = [readable(given), readable(asked)];
  return keysOf(before, after).flatMap((field) =>
    field === 'candidates'
      ? candidateDifferences(given.candidates, asked.candidates)
      : differences(field, before[field], after[field]),
  );
}

function candidateDifferences(given: readonly Candidate[], asked: readonly Candidate[]): string[] {
  const longer = given.length > asked.length ? given : asked;
  return longer.flatMap((_, index) => {
    const [one, other] = [given[index], asked[index]];
    const path = formatPath(['candidates', index]);
    if (one === undefined || other === undefined) return [`${path}: ${one === undefined ? 'added' : 'removed'}`];
    const [before, after] = [readable(one), readable(other)];
    return keysOf(before, after)
      .flatMap((field) => differences(field, before[field], after[field]))
      .map((line) => `${path}.${line}`);
  });
}

function readable(spec: PodSpec | Candidate): Record<string, unknown> {
  const { ports } = spec;
  return ports === undefined
    ? { ...spec }
    : { ...spec, ports: ports.map(({ port, protocol }) => `${port}/${protocol}`) };
}

function differences(field: string, before: unknown, after: unknown): string[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (field === 'command') return ['command: changed'];
  if (['env', 'labels', 'providerOptions'].includes(field)) {
    // A candidate may leave it to the spec.
    if (!isPlainObject(before) || !isPlainObject(after)) return [`${field}: changed`];
    return mapDifferences(field, before, after);
  }
  if (typeof before === 'number' && typeof after === 'number' && field.endsWith('Ms')) {
    return [`${field.replace(/Ms$/, '')}: ${durations(before, after).join(' → ')}`];
  }
  return [`${field.replace(/Ms$/, '')}: ${written(field, before)} → ${written(field, after)}`];
}

function mapDifferences(field: string, given: Record<string, unknown>, asked: Record<string, unknown>): string[] {
  return keysOf(given, asked)
    .toSorted()
    .flatMap((key) => {
      const path = formatPath([field, key]);
      const before = Object.hasOwn(given, key) ? given[key] : undefined;
      const after = Object.hasOwn(asked, key) ? asked[key] : undefined;
      if (canonicalJson(before) === canonicalJson(after)) return [];
      if (field === 'labels') return [`${path}: ${shortened(before)} → ${shortened(after)}`];
      return [`${path}: ${before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'}`];
    });
}

function keysOf(one: object, other: object): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])];
}

function durations(before: number, after: number): [string, string] {
  const rounded: [string, string] = [formatDuration(before), formatDuration(after)];
  return rounded[0] === rounded[1] ? [`${before}ms`, `${after}ms`] : rounded;
}

function written(field: string, value: unknown): string {
  return field.endsWith('Ms') && typeof value === 'number' ? formatDuration(value) : shortened(value);
}

function shortened(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      isPlainObject(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
        : inner,
    ) ?? 'undefined'
  );
}
