/**
 * Does something for each, one after another, also when it fails for some: what stands in one row keeps
 * nobody else's from being done.
 * @throws what the first failed with, once all were tried
 */
export async function everyOne<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
