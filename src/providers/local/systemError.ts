/** An error's system code, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  // Not `instanceof`: under jest, errors of Node's modules come from another realm.
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
