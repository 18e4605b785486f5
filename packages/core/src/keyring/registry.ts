import { equalBytes } from '../bytes/equal.ts';
import type { Clock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { columnsOf } from '../keys/columns.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { FieldPhase } from '../keys/field-phase.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { ControlSession } from './control-session.ts';
import type { RegistryEntry } from './key-door.ts';
import { phaseRow } from './phase-row.ts';
import { microseconds } from './primitives.ts';
import type { Principals } from './principal.ts';

function readEntry(row: ControlRow): RegistryEntry {
  const columns = columnsOf(row);
  return {
    id: columns.text('id'),
    kind: columns.text('kind') as RegistryEntry['kind'],
    fieldId: columns.text('field_id'),
    table: columns.text('table_name'),
    column: columns.text('column_name'),
    type: columns.text('type'),
    bind: columns.optionalText('bind'),
    normalizer: columns.optionalText('normalizer'),
    params: columns.optionalBytes('params'),
  };
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}

/** What may never change for an id: cells and tokens were made with it. */
function firstDifference(known: RegistryEntry, wanted: RegistryEntry): string | undefined {
  for (const name of ['kind', 'fieldId', 'type', 'bind', 'normalizer'] as const) {
    if (known[name] !== wanted[name]) return name;
  }
  return sameBytes(known.params, wanted.params) ? undefined : 'params';
}

function checkEntry(known: RegistryEntry, wanted: RegistryEntry): void {
  const difference = firstDifference(known, wanted);
  if (difference === undefined) return;
  throw new FieldsealError(
    'ERR_MANIFEST_MISMATCH',
    `The manifest has another "${difference}" for ${wanted.id} than the key store's registry`,
    { field: wanted.fieldId, option: difference },
  );
}

function moved(known: RegistryEntry, wanted: RegistryEntry): boolean {
  return known.table !== wanted.table || known.column !== wanted.column;
}

/** An index that comes after its field has a time of its own: that is how it is known as one. */
function registeredAt(snapshot: ControlSnapshot, { fieldId }: RegistryEntry, now: bigint): bigint {
  const field = snapshot.registry.get(fieldId);
  if (field === undefined) return now;
  return columnsOf(field).timestamp('created_at') === now ? now + 1n : now;
}

function startsOpen(entry: RegistryEntry): entry is RegistryEntry & { startsIn: FieldPhase } {
  return entry.startsIn !== undefined && entry.startsIn !== 'sealed';
}

export function registeredEntries(snapshot: ControlSnapshot): readonly RegistryEntry[] {
  return [...snapshot.registry.values()].map(readEntry);
}

/**
 * The ids of entries that are not registered yet.
 * @throws `ERR_MANIFEST_MISMATCH` for one that is registered otherwise
 */
export function newEntries(
  snapshot: ControlSnapshot,
  entries: readonly RegistryEntry[],
): readonly string[] {
  const unknown: string[] = [];
  for (const entry of entries) {
    const row = snapshot.registry.get(entry.id);
    if (row === undefined) unknown.push(entry.id);
    else checkEntry(readEntry(row), entry);
  }
  return unknown;
}

/** Adds what is new and follows renamed tables and columns, in one control change. */
export async function registerEntries(
  options: {
    readonly control: ControlSession;
    readonly secrets: StoreSecrets;
    readonly clock: Clock;
    readonly principals: Principals;
  },
  entries: readonly RegistryEntry[],
): Promise<void> {
  const { control, secrets, clock, principals } = options;

  function rowOf(entry: RegistryEntry, createdAt: bigint): ControlRow {
    return secrets.sealRow('registry', {
      id: entry.id,
      kind: entry.kind,
      field_id: entry.fieldId,
      table_name: entry.table,
      column_name: entry.column,
      type: entry.type,
      bind: entry.bind,
      normalizer: entry.normalizer,
      params: entry.params,
      created_at: createdAt,
    });
  }

  await control.change((snapshot) => {
    const put: ControlRow[] = [];
    const now = microseconds(clock);
    for (const entry of entries) {
      const row = snapshot.registry.get(entry.id);
      if (row === undefined) {
        put.push(rowOf(entry, registeredAt(snapshot, entry, now)));
        if (startsOpen(entry)) put.push(phaseRow(secrets, clock, entry.id, entry.startsIn));
        continue;
      }
      const known = readEntry(row);
      checkEntry(known, entry);
      if (moved(known, entry)) put.push(rowOf(entry, columnsOf(row).timestamp('created_at')));
    }
    if (put.length === 0) return null;
    const principal = principals.orService();
    const ids = put.filter(({ table }) => table === 'registry').map(({ columns }) => columns.id);
    const details = { entries: ids.length, first: String(ids[0]) };
    return { put, audit: [{ principal, action: 'RegisterFields', readOnly: false, details }] };
  });
}
