/**
 * What machines get: one line of JSON with times as ISO 8601, bytes as base64 and whole numbers
 * beyond 2^53 as text.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(plainOf(value));
}

function plainOf(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainOf(each)]));
}
