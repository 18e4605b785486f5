import type { KeyGrantRecord } from '../../keys/key-records.ts';

/**
 * A grant and what was given on by it, each once. Chains may be as long as a key has grants, so nothing here
 * calls itself.
 */
export function grantFamily(
  all: readonly KeyGrantRecord[],
  grant: KeyGrantRecord,
): readonly KeyGrantRecord[] {
  const children = new Map<string, KeyGrantRecord[]>();
  for (const record of all) {
    if (record.parent === null) continue;
    const siblings = children.get(record.parent);
    if (siblings === undefined) children.set(record.parent, [record]);
    else siblings.push(record);
  }
  // a set gives what is added while it is gone through, and nothing twice
  const found = new Set([grant]);
  for (const { id } of found) for (const child of children.get(id) ?? []) found.add(child);
  return [...found];
}
