/** Tells where a value is something that JSON can't say, as a path; `null` when it is plain JSON throughout. */
export function notPlainAt(value: unknown, path = ''): string | null {
  const here = path === '' ? 'the value itself' : path;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${here} (${value})`;
  if (typeof value !== 'object') return `${here} (${typeof value})`;
  if (Array.isArray(value)) return firstOf(value.map((item, index) => notPlainAt(item, `${path}[${index}]`)));
  if (!isPlainObject(value)) return `${here} (an object of a class)`;
  if (Object.getOwnPropertySymbols(value).length > 0) return `${here} (a symbol)`;
  return firstOf(Object.entries(value).map(([name, of]) => notPlainAt(of, path === '' ? name : `${path}.${name}`)));
}

/** Whatever realm it comes from: under jest there are several. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function firstOf(found: readonly (string | null)[]): string | null {
  return found.find((path) => path !== null) ?? null;
}
