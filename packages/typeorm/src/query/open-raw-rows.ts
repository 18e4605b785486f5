import type { FieldCodec, OpenGroup, ValueType } from '@fieldseal/core';
import { OpenedValue, openedValueOf } from '../annotation/opened-value.ts';
import { asBuffer } from '../parameter/driver-value.ts';
import type { SealedSelection, SelectedColumn } from './sealed-selection.ts';

export type RawRow = Record<string, unknown>;

/** One row of an entity, and the raw rows in which it stands: a join repeats it. */
interface FoundRow {
  readonly row: RawRow;
  readonly raw: RawRow[];
}

interface FoundGroup {
  readonly selection: SealedSelection;
  readonly found: readonly FoundRow[];
}

/**
 * Opens all sealed columns of a raw result in one pass. Each cell is replaced by an
 * {@link OpenedValue}, the only thing that the transformers of sealed columns accept.
 */
export async function openRawRows(
  codec: FieldCodec,
  selections: readonly SealedSelection[],
  rawRows: readonly RawRow[],
): Promise<void> {
  const groups = selections.map((selection) => ({
    selection,
    found: selections.length > 1 ? distinctRows(selection, rawRows) : everyRow(selection, rawRows),
  }));
  const [first] = groups;
  if (first === undefined || rawRows.length === 0) return;
  await codec.open(`${first.selection.entity.model}.select`, groups.map(toOpenGroup));
  for (const group of groups) putBack(group);
}

function everyRow(selection: SealedSelection, rawRows: readonly RawRow[]): readonly FoundRow[] {
  return rawRows.map((raw) => ({ row: rowOf(selection, raw), raw: [raw] }));
}

/** Values that the application could change must not be shared by two objects. */
const SHARED: ReadonlySet<ValueType> = new Set<ValueType>([
  'string',
  'int',
  'bigint',
  'decimal',
  'double',
  'boolean',
]);

/** A cell that a join repeats is opened once: same row, same cells. */
function distinctRows(selection: SealedSelection, rawRows: readonly RawRow[]): readonly FoundRow[] {
  const { fields, companions } = selection;
  if (!fields.every(({ sealed }) => SHARED.has(sealed.field.type))) {
    return everyRow(selection, rawRows);
  }
  const names = fields.map(({ sealed }) => sealed.field.name);
  const found = new Map<string, FoundRow>();
  const rows: FoundRow[] = [];
  for (const raw of rawRows) {
    const row = rowOf(selection, raw);
    const id = JSON.stringify(companions.map(([name]) => String(row[name])));
    const known = found.get(id);
    if (known !== undefined && names.every((name) => known.row[name] === row[name])) {
      known.raw.push(raw);
      continue;
    }
    const next = { row, raw: [raw] };
    found.set(id, next);
    rows.push(next);
  }
  return rows;
}

function rowOf({ fields, companions, verify }: SealedSelection, raw: RawRow): RawRow {
  const row: RawRow = {};
  for (const [name, key] of companions) row[name] = fromCache(raw[key]);
  for (const { sealed, keys } of fields) row[sealed.field.name] = fromCache(raw[keys[0] ?? '']);
  for (const [name, key] of verify) row[name] = fromCache(raw[key]);
  return row;
}

/** TypeORM's query cache keeps results as JSON, in which bytes are an object. */
function fromCache(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const { type, data } = value as { readonly type?: unknown; readonly data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data) : value;
}

function toOpenGroup({ selection, found }: FoundGroup): OpenGroup {
  const group = { model: selection.entity.model, rows: found.map(({ row }) => row) };
  if (selection.verify.length === 0) return group;
  return { ...group, verify: selection.verify.map(([name]) => name) };
}

function putBack({ selection, found }: FoundGroup): void {
  // tokens were for the check only: an entity must not get a property for them
  const checked = selection.verify.flatMap(([, key]) => (selection.added.includes(key) ? key : []));
  for (const key of checked) {
    for (const { raw } of found) for (const each of raw) each[key] = undefined;
  }
  for (const field of selection.fields) {
    for (const each of found) putBackField(field, each);
  }
}

function putBackField({ sealed, keys }: SelectedColumn, { row, raw }: FoundRow): void {
  const value = row[sealed.field.name];
  if (value === null || value === undefined) return;
  const opened = new OpenedValue(asBuffer(value));
  for (const each of raw) for (const key of keys) each[key] = opened;
}

/** The raw rows as the application sees them: values, and nothing that was added. */
export function finishRawRows(
  selections: readonly SealedSelection[],
  rawRows: readonly RawRow[],
): void {
  for (const { fields, added } of selections) {
    const keys = fields.flatMap((field) => field.keys);
    for (const raw of rawRows) {
      for (const key of keys) {
        const value = raw[key];
        if (value instanceof OpenedValue) raw[key] = openedValueOf(value);
      }
      for (const key of added) delete raw[key];
    }
  }
}
