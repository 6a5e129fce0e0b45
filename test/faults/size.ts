/** Whether to run a part of the long tier completely, as `npm run test:long` does, or a slice, as in CI. */
export const IS_FULL = process.env['PODKEEPER_TEST_WHOLE'] === '1';

/** Number of concurrent plays. Each mostly waits. */
export const AT_ONCE = Number(process.env['PODKEEPER_TEST_FAULTS_AT_ONCE'] ?? 6);

/** About `size` items, evenly distributed and always the same; all items in a complete run. */
export function sliceOf<T>(list: readonly T[], size: number): T[] {
  if (IS_FULL) return [...list];
  const step = Math.max(1, list.length / size);
  return Array.from({ length: Math.min(size, list.length) }, (_, index) => list[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}
