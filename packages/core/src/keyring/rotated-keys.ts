import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { ControlRow } from '../keys/key-store.ts';

/**
 * Keys that get another version, or another primary one, by these rows: uuids, sorted. A key that is
 * made by them is none: nobody else knows it.
 */
export function rotatedKeys(
  snapshot: ControlSnapshot,
  put: readonly ControlRow[],
): readonly string[] {
  const rotated = new Set<string>();
  for (const { table, columns } of put) {
    if (table !== 'key_version') continue;
    const key = snapshot.keys.get(String(columns.key_id));
    if (key === undefined) continue;
    const version = Number(columns.version);
    const takesOver = columns.state === 'PRIMARY' && key.primary?.version !== version;
    if (takesOver || !key.versions.has(version)) rotated.add(key.id);
  }
  return [...rotated].sort();
}
