/** The system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  // Not `instanceof`: the errors of Node's own modules are made in another realm under jest.
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
