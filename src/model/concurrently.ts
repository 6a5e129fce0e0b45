/**
 * Does the work for each item, at most `limit` at a time.
 * @returns the results in the order of the items
 */
export async function concurrently<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>) {
  const answers: R[] = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return answers;
}
