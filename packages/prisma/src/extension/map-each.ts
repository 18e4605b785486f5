/** Keeps one element one element and a list a list, as Prisma tells them apart. */
export function mapEach(value: unknown, change: (part: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(change) : change(value);
}
