import {
  type FieldCodec,
  type FieldPhase,
  FieldsealError,
  type Keyring,
  type LegacyReader,
  type ManifestField,
  type ManifestModel,
  oldColumnText,
} from '@fieldseal/core';
import type { Table } from '../table/read-table.ts';
import { quoted } from '../table/sql-names.ts';

/** One sealed field with its table: what a job works on. */
export interface FieldTarget {
  readonly keyring: Keyring;
  readonly codec: FieldCodec;
  readonly model: ManifestModel;
  readonly field: ManifestField;
  readonly table: Table;
  readonly legacy: readonly LegacyReader[];
}

/**
 * Finds `Model.field` in a manifest.
 * @throws `ERR_FIELD_UNKNOWN`; `ERR_JOB_REFUSED` for a field of a view
 */
export function findField(
  { manifest }: Pick<FieldCodec, 'manifest'>,
  name: string,
): { readonly model: ManifestModel; readonly field: ManifestField } {
  for (const model of manifest.models) {
    const field = model.fields.find((each) => `${model.name}.${each.name}` === name);
    if (field === undefined) continue;
    if (model.view !== true) return { model, field };
    const message = `${name} is a view's: name the field of its table`;
    throw new FieldsealError('ERR_JOB_REFUSED', message, { model: model.name, field: field.name });
  }
  throw new FieldsealError('ERR_FIELD_UNKNOWN', `The manifest has no sealed field ${name}`, {
    field: name,
  });
}

/** The phase that holds; a field that is new to the key store starts in that of the manifest. */
export function phaseOf({ codec, model, field }: FieldTarget): FieldPhase {
  return codec.phaseOf(model.name, field.name) ?? field.phase ?? 'sealed';
}

/** The old column of the field, as a statement over `t` names it. */
export function oldColumn({ field }: Pick<FieldTarget, 'field'>): string | undefined {
  return field.from === undefined ? undefined : `t.${quoted(field.from.column)}`;
}

/** SQL of the text in the old column, of which nothing is cut off. */
export function oldText(target: Pick<FieldTarget, 'field'>): string {
  const { from } = target.field;
  const column = oldColumn(target);
  return from === undefined || column === undefined ? 'NULL::text' : oldColumnText(from, column);
}

/** Database name of the column that `scope` or `subject` names. */
export function scopeColumn(model: ManifestModel, name: string): string {
  const found = model.scopeColumns?.find((column) => column.name === name);
  if (found !== undefined) return found.column;
  const message = `${model.name}: the manifest does not say which column ${name} is; generate it again`;
  throw new FieldsealError('ERR_MANIFEST_INVALID', message, { model: model.name });
}
