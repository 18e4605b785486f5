import { type ErrorMeta, FieldsealError } from '../errors/fieldseal-error.ts';
import type { IndexTokens } from '../index/index-tokens.ts';
import type { KeyDoor, KeyLease, Scope } from '../keyring/key-door.ts';
import type { ObservedEvent } from '../observe/observed-event.ts';
import { atPlace } from './at-place.ts';
import { type CellSlots, createCellSlots, type FoundCell } from './cell-slots.ts';
import type { CompiledField, CompiledModel } from './compile-model.ts';
import type { OpenGroup } from './field-codec.ts';
import { createFieldOpener } from './field-opener.ts';
import { generationsOfCall, type IndexGenerations } from './index-generations.ts';
import { createKeyNeeds, type KeyNeeds } from './key-needs.ts';
import { leaseKeys } from './lease-keys.ts';
import { type PhaseNow, phaseNow } from './phase-of.ts';
import { readPlaintext } from './plain-values.ts';
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

/** What one call has decided at its start. */
interface OpenCall extends OpenRowsOptions {
  readonly generations: IndexGenerations;
}

/** One field of one group; `slots` and what is verified live for one call. */
interface GroupField {
  readonly compiled: CompiledField;
  readonly phase: PhaseNow;
  readonly slots: CellSlots;
  /** The slot of each row's cell, found in the first pass. */
  readonly slotOf: FoundCell[];
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
export function openRows(options: OpenRowsOptions, groups: readonly OpenGroup[]): Promise<void> {
  const { door, operation } = options;
  return door.observer.run(
    'open',
    () => ({ operation, rows: groups.reduce((sum, { rows }) => sum + rows.length, 0), cells: 0 }),
    (event) => openGroups(options, groups, event),
  );
}

async function openGroups(
  given: OpenRowsOptions,
  groups: readonly OpenGroup[],
  event: ObservedEvent<'open'> | undefined,
): Promise<void> {
  const options: OpenCall = { ...given, generations: generationsOfCall(given.door) };
  const { door, operation } = options;
  const position: Position = { compiled: undefined, field: undefined, row: undefined };
  const openers = groups.map((group) => createGroupOpener(options, group));
  const needs = createKeyNeeds();
  try {
    for (const opener of openers) collectKeys(opener, needs, options, position);
  } catch (error) {
    throw atPlace(error, placeOf(position, operation));
  }
  // also without any cell: a token beside a cleared field is found in the second pass
  const lease = await leaseKeys(door, needs.request(operation));
  try {
    for (const opener of openers) openGroup(opener, lease, options, position);
    if (event !== undefined) event.cells = countCells(openers);
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
  const fields = compiled.fields.map((field) => {
    const phase = phaseNow(options.door, field.field);
    return {
      compiled: field,
      phase,
      slots: createCellSlots(field, phase),
      slotOf: [],
      verified: field.indexes.filter(({ index }) => verify.includes(index.name)),
    };
  });
  return { compiled, rows, fields };
}

/** First pass: which data keys the cells name, and which token keys the verified rows need. */
function collectKeys(
  group: GroupOpener,
  needs: KeyNeeds,
  call: OpenCall,
  position: Position,
): void {
  position.compiled = group.compiled;
  for (const field of group.fields) {
    const { compiled, slots, slotOf } = field;
    position.field = compiled.name;
    try {
      slots.find(group.rows, slotOf);
    } catch (error) {
      position.row = group.rows[slotOf.length];
      throw error;
    }
    for (const { header } of slots.all()) needs.open(header.dataKeyId);
    if (field.verified.length > 0) collectTokenKeys(field, group.rows, needs, call, position);
  }
}

/** Keys of tokens are derived per tenant, so each row may need another. */
function collectTokenKeys(
  { compiled, slotOf, verified }: GroupField,
  rows: readonly Row[],
  needs: KeyNeeds,
  { ambient, generations }: OpenCall,
  position: Position,
): void {
  for (let i = 0; i < rows.length; i++) {
    if (slotOf[i] === undefined) continue;
    const row = rows[i] as Row;
    position.row = row;
    for (const tokens of verified) {
      const tenant = tokenTenant(compiled, tokens, row, ambient);
      needs.index(compiled.alias, tenant, generations(tokens.index.id));
    }
  }
}

/** Second pass: one synchronous loop over rows and fields. */
function openGroup(
  group: GroupOpener,
  lease: KeyLease,
  { ambient, door, generations }: OpenCall,
  position: Position,
): void {
  position.compiled = group.compiled;
  position.field = undefined;
  position.row = undefined;
  const identify = createRowIdentity(group.compiled.model.primaryKey);
  const fields = group.fields.map(({ compiled, phase, slotOf, verified }) => ({
    name: compiled.name,
    plain: compiled.field.from?.name ?? compiled.name,
    slotOf,
    read: (stored: unknown) => readPlaintext(compiled, phase, stored),
    open: createFieldOpener({ compiled, lease, ambient, identify }),
    verify: createTokenVerifier({ compiled, verified, lease, ambient, generations }),
  }));
  const { rows } = group;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as Row;
    position.row = row;
    for (let j = 0; j < fields.length; j++) {
      const { name, plain, slotOf, open, read, verify } = fields[j] as (typeof fields)[number];
      const slot = slotOf[i];
      position.field = name;
      if (slot === 'plaintext') row[name] = read(row[plain]);
      else if (slot !== undefined) row[name] = open(row, row[name], slot);
      if (verify !== undefined && row[name] !== undefined) verify(row, slot === 'plaintext');
    }
  }
  countPlaintext(group, door);
}

function countCells(openers: readonly GroupOpener[]): number {
  let cells = 0;
  for (const { fields } of openers) {
    for (const { slotOf } of fields) {
      for (const slot of slotOf) if (slot !== undefined && slot !== 'plaintext') cells += 1;
    }
  }
  return cells;
}

function countPlaintext({ fields }: GroupOpener, door: KeyDoor): void {
  for (const { compiled, phase, slotOf } of fields) {
    if (!phase.readsPlaintext) continue;
    const values = slotOf.filter((slot) => slot === 'plaintext').length;
    if (values > 0) door.countPlaintext(compiled.field.id, values);
  }
}
