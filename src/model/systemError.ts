/** The code of a system error, such as `ENOENT`; `undefined` for any other value, and for codes that are numbers, as gRPC's are. */
export function codeOf(error: unknown): string | undefined {
  // Not `instanceof`: under jest, errors of Node's modules come from another realm.
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
