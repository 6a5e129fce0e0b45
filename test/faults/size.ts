/** Whether a part of the long tier is run whole, as by `npm run test:long`; else a slice of it is, as in CI. */
export const IS_FULL = process.env['PODKEEPER_TEST_WHOLE'] === '1';

/** How many plays go on at a time. Most of the time of each is waiting. */
export const AT_ONCE = Number(process.env['PODKEEPER_TEST_FAULTS_AT_ONCE'] ?? 6);

/** Some of a list, or all of it in a whole run: about so many, from all over it and the same each time. */
export function sliceOf<T>(list: readonly T[], size: number): T[] {
  if (IS_FULL) return [...list];
  const step = Math.max(1, list.length / size);
  return Array.from({ length: Math.min(size, list.length) }, (_, index) => list[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}
