import { readContext } from '../bytes/read-context.ts';
import { columnsOf } from '../keys/columns.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { RegistryEntry } from './key-door.ts';

/** Which keys fields are sealed under, by alias or id. */
export interface FieldKeys {
  /** Learns them of a manifest that this process works with. */
  learn(entries: readonly RegistryEntry[]): void;
  /**
   * Of one field: what its indexes were registered with, which nobody can change, and what manifests of
   * this process say. None when neither says anything.
   */
  of(snapshot: ControlSnapshot, fieldId: string): readonly string[];
  /** Whether a field that is registered is sealed under what has this name, as far as {@link of} knows. */
  isNamed(snapshot: ControlSnapshot, name: string): boolean;
}

/** Tokens are under the key of their field, so the register of an index names it. Without a field: of all. */
function ofIndexes({ registry }: ControlSnapshot, fieldId?: string): readonly string[] {
  const names: string[] = [];
  for (const row of registry.values()) {
    const columns = columnsOf(row);
    if (columns.text('kind') !== 'index') continue;
    if (fieldId !== undefined && columns.text('field_id') !== fieldId) continue;
    const params = columns.optionalBytes('params');
    const name = params === null ? undefined : readContext(params, 'key');
    if (name !== undefined) names.push(name);
  }
  return names;
}

export function createFieldKeys(): FieldKeys {
  const known = new Map<string, Set<string>>();
  return {
    learn(entries) {
      for (const { kind, id, key } of entries) {
        if (kind !== 'field' || key === undefined) continue;
        known.set(id, (known.get(id) ?? new Set()).add(key));
      }
    },
    of: (snapshot, fieldId) => [
      ...new Set([...(known.get(fieldId) ?? []), ...ofIndexes(snapshot, fieldId)]),
    ],
    isNamed: (snapshot, name) =>
      ofIndexes(snapshot).includes(name) ||
      [...known].some(([id, names]) => names.has(name) && snapshot.registry.has(id)),
  };
}
