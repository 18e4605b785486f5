import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { IndexTokens } from '../index/index-tokens.ts';
import type { KeyDoor } from '../keyring/key-door.ts';
import type { CompiledField } from './compile-model.ts';

/**
 * Whether every row that has a value has a token of this index. A process may meet an index that the
 * store does not know yet: rows lack their tokens where it knows the field.
 */
export function isIndexReady(
  door: Pick<KeyDoor, 'phaseOf' | 'indexStateOf'>,
  { field }: CompiledField,
  indexId: string,
): boolean {
  const state = door.indexStateOf(indexId);
  if (state !== undefined) return state === 'ready' || state === 'rotating';
  return door.phaseOf(field.id) === undefined;
}

/** @throws `ERR_OPERATOR_UNSUPPORTED`: a row without token would be missing from the answer. */
export function requireReady(
  door: Pick<KeyDoor, 'phaseOf' | 'indexStateOf'>,
  compiled: CompiledField,
  { index }: IndexTokens,
  operator: string,
): void {
  if (isIndexReady(door, compiled, index.id)) return;
  throw new FieldsealError(
    'ERR_OPERATOR_UNSUPPORTED',
    `${compiled.model}.${compiled.name} does not answer ${operator} before ${index.name} is built: rows lack their tokens; run "fieldseal index build ${compiled.model}.${compiled.name}"`,
    { index: index.name, reason: 'building' },
  );
}

/**
 * An application with an older manifest would write rows that a lookup by the new index does not find.
 * @throws `ERR_MANIFEST_MISMATCH`
 */
export function requireKnownIndexes(
  door: Pick<KeyDoor, 'requiredIndexesOf'>,
  { model, name, field }: CompiledField,
): void {
  for (const required of door.requiredIndexesOf(field.id)) {
    if (field.indexes.some(({ id }) => id === required)) continue;
    throw new FieldsealError(
      'ERR_MANIFEST_MISMATCH',
      `${model}.${name} has the index ${required}, which this version of the application does not write: deploy the one that does`,
      { index: required },
    );
  }
}
