import {
  createFieldCodec,
  type FieldCodecOptions,
  type Keyring,
  type LegacyReader,
  type ManifestField,
  type ManifestModel,
} from '@fieldseal/core';
import type { FieldTarget } from '../field/field-target.ts';
import { readTable } from '../table/read-table.ts';
import type { Session } from '../table/session.ts';

/**
 * A field to read with nothing of its indexes: their columns need not be there, nor the key store know
 * of them. Nothing is registered.
 * @throws `ERR_MANIFEST_MISMATCH`, `ERR_JOB_REFUSED` as jobs do
 */
export async function readTarget(
  session: Session,
  options: Omit<FieldCodecOptions, 'ambientScope'>,
  { model, field }: { readonly model: ManifestModel; readonly field: ManifestField },
): Promise<FieldTarget> {
  const { keyring, manifest } = options;
  const { tokenIndexes: _, ...bare } = model;
  const found = { ...bare, fields: [bareField(keyring, field)] };
  const name = `${model.name}.${field.name}`;
  const legacy: readonly LegacyReader[] = options.legacy?.[name] ?? [];
  const codec = createFieldCodec({
    keyring,
    manifest: { version: 1, adapter: manifest.adapter, models: [found] },
    ambientScope: () => ({}),
    ...(legacy.length === 0 ? {} : { legacy: { [name]: legacy } }),
  });
  const [parsed] = codec.manifest.models as [ManifestModel];
  const [parsedField] = parsed.fields as [ManifestField];
  const table = await readTable(session, parsed);
  return { keyring, codec, model: parsed, field: parsedField, table, legacy };
}

/** What the key store does not know yet is not sealed yet, whatever it is to be. */
function bareField(keyring: Keyring, field: ManifestField): ManifestField {
  const isNew = keyring.phaseOf(field.id) === undefined;
  const isOpen = isNew && field.storage === 'text' && field.phase === undefined;
  return { ...field, indexes: [], ...(isOpen ? { phase: 'migrating' as const } : {}) };
}
