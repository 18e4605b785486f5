import { type ErrorMeta, FieldsealError } from '../errors/fieldseal-error.ts';
import type { IndexTokens } from '../index/index-tokens.ts';
import type { KeyDoor, KeyLease, Scope } from '../keyring/key-door.ts';
import { atPlace } from './at-place.ts';
import { type CellSlots, createCellSlots } from './cell-slots.ts';
import type { CompiledField, CompiledModel } from './compile-model.ts';
import type { OpenGroup } from './field-codec.ts';
import { createFieldOpener } from './field-opener.ts';
import { createKeyNeeds, type KeyNeeds } from './key-needs.ts';
import { leaseKeys } from './lease-keys.ts';
import { createRowIdentity, rowKeyText } from './row-identity.ts';
import { createTokenVerifier, tokenTenant } from './token-verifier.ts';

type Row = Record<string, unknown>;

export interface OpenRowsOptions {
  readonly door: KeyDoor;
  readonly models: ReadonlyMap<string, CompiledModel>;
  readonly operation: string;
  /** The scope around the call at its start. */
  readonly ambient: Scope;
}

/** One field of one group; `slots` and what is verified live for one call. */
interface GroupField {
  readonly compiled: CompiledField;
  readonly slots: CellSlots;
  /** Indexes of this field whose lookup found the rows. */
  readonly verified: readonly IndexTokens[];
}

interface GroupOpener {
  readonly compiled: CompiledModel;
  readonly rows: readonly Row[];
  readonly fields: readonly GroupField[];
}

/** Where the loop stands, so that nothing has to be kept for each cell but for the one that fails. */
interface Position {
  compiled: CompiledModel | undefined;
  field: string | undefined;
  row: Row | undefined;
}

/** Opens the rows of all groups in place; see {@link FieldCodec.open}. */
export async function openRows(
  options: OpenRowsOptions,
  groups: readonly OpenGroup[],
): Promise<void> {
  const { door, operation, ambient } = options;
  const position: Position = { compiled: undefined, field: undefined, row: undefined };
  const openers = groups.map((group) => createGroupOpener(options, group));
  const needs = createKeyNeeds();
  try {
    for (const opener of openers) collectKeys(opener, needs, ambient, position);
  } catch (error) {
    throw atPlace(error, placeOf(position, operation));
  }
  const request = needs.request(operation);
  if (request === undefined) return;
  const lease = await leaseKeys(door, request);
  try {
    for (const opener of openers) openGroup(opener, lease, ambient, position);
  } catch (error) {
    throw atPlace(error, placeOf(position, operation));
  } finally {
    lease.release();
  }
}

function placeOf({ compiled, field, row }: Position, operation: string): ErrorMeta {
  const key = compiled === undefined ? undefined : rowKeyText(compiled.model.primaryKey, row);
  return {
    operation,
    ...(compiled === undefined ? {} : { model: compiled.model.name }),
    ...(field === undefined ? {} : { field }),
    ...(key === undefined ? {} : { row: key }),
  };
}

function createGroupOpener(options: OpenRowsOptions, group: OpenGroup): GroupOpener {
  const { model, rows, verify = [] } = group;
  const compiled = options.models.get(model);
  if (compiled === undefined) {
    const place = { model, operation: options.operation };
    throw new FieldsealError('ERR_FIELD_UNKNOWN', `${model} has no sealed field`, place);
  }
  for (const index of verify) {
    if (compiled.sealed.tokens.has(index)) continue;
    const place = { model, index, operation: options.operation };
    throw new FieldsealError('ERR_FIELD_UNKNOWN', `${model}.${index} is not a token column`, place);
  }
  const fields = compiled.fields.map((field) => ({
    compiled: field,
    slots: createCellSlots(field),
    verified: field.indexes.filter(({ index }) => verify.includes(index.name)),
  }));
  return { compiled, rows, fields };
}

/** First pass: which data keys the cells name, and which token keys the verified rows need. */
function collectKeys(
  group: GroupOpener,
  needs: KeyNeeds,
  ambient: Scope,
  position: Position,
): void {
  position.compiled = group.compiled;
  position.field = undefined;
  position.row = undefined;
  for (const field of group.fields) {
    const { compiled, slots, verified } = field;
    position.field = compiled.name;
    for (const row of group.rows) {
      const cell = row[compiled.name];
      if (cell === undefined || cell === null) continue;
      position.row = row;
      slots.of(cell);
      if (verified.length > 0) collectTokenKeys(field, row, needs, ambient);
    }
    for (const { header } of slots.all()) needs.open(header.dataKeyId);
  }
}

function collectTokenKeys(
  { compiled, verified }: GroupField,
  row: Row,
  needs: KeyNeeds,
  ambient: Scope,
): void {
  for (const tokens of verified) {
    needs.index(compiled.alias, tokenTenant(compiled, tokens, row, ambient));
  }
}

/** Second pass: one synchronous loop over rows and fields. */
function openGroup(group: GroupOpener, lease: KeyLease, ambient: Scope, position: Position): void {
  position.compiled = group.compiled;
  position.field = undefined;
  position.row = undefined;
  const identify = createRowIdentity(group.compiled.model.primaryKey);
  const fields = group.fields.map(({ compiled, slots, verified }) => ({
    name: compiled.name,
    open: createFieldOpener({ compiled, slots, lease, ambient, identify }),
    verify: createTokenVerifier(compiled, verified, lease, ambient),
  }));
  for (const row of group.rows) {
    position.row = row;
    for (const { name, open, verify } of fields) {
      const cell = row[name];
      if (cell === undefined) continue;
      position.field = name;
      if (cell !== null) row[name] = open(row, cell);
      if (verify !== undefined) verify(row);
    }
  }
}
