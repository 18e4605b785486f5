/**
 * Whether `value` is a plain object: arguments that have operators or relations inside. Dates,
 * bytes, decimals, field references and Prisma's null objects are values, not records.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The root prototype of any realm: test runners give the application a realm of its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
