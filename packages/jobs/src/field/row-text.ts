import type { PageRow } from '../engine/page.ts';

/** The key of a row for reports. */
export function rowText({ cursor }: PageRow): string {
  return cursor.join(',').slice(0, 200);
}
