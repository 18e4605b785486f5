import { encodeContext } from '../bytes/context.ts';
import { latin1, latin1ToBytes } from '../bytes/latin1.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { columnsOf } from '../keys/columns.ts';
import type { KeyRow, KeySelector } from '../keys/key-store.ts';
import type { KeyTable } from '../keys/record-schema.ts';
import type { Scope } from './key-door.ts';

/**
 * What keys are cached under: `data_key#<id>` by id, `data_key@<key id>@<scope>` for the active data
 * key of a key and scope, `index_key@<key id>@<generation>@<scope>` for an index key. A name says all
 * that is needed to ask the store for it.
 */
const NAME = /^(?:data_key|index_key)@([0-9a-f-]{36})@(?:(\d+)@)?(?:-|(\d+):)/;

/** Which index key is meant. */
export interface IndexKeyRef {
  readonly keyId: string;
  readonly scope: Scope;
  readonly generation: number;
}

/** Selectors that one row at most answers. */
export type NameSelector = Exclude<KeySelector, { readonly from: number }>;

/** Text that is the same for equal scopes only: its length tells the tenant from what follows. */
export function scopeName({ tenant, subject }: Scope): string {
  const start = tenant === undefined ? '-' : `${tenant.length}:${tenant}`;
  return subject === undefined ? start : `${start}/${subject}`;
}

/** A scope that is longer has no keys: an index of a database takes no more (`0001_key_store.sql`). */
export const MAX_SCOPE_BYTES = 2048;

/** A scope as the key store has it. */
export function scopeBytes({ tenant, subject }: Scope): Uint8Array {
  return encodeContext({ tenant, subject });
}

/** @param id - 16 bytes as latin1 text. */
export function nameById(table: KeyTable, id: string): string {
  return `${table}#${id}`;
}

export function nameOfActive(keyId: string, scope: Scope): string {
  return `data_key@${keyId}@${scopeName(scope)}`;
}

export function nameOfIndexKey({ keyId, scope, generation }: IndexKeyRef): string {
  return `index_key@${keyId}@${generation}@${scopeName(scope)}`;
}

function parseScope(text: string, tenantLength: string | undefined): Scope {
  const length = tenantLength === undefined ? 0 : Number(tenantLength);
  const tenant = tenantLength === undefined ? {} : { tenant: text.slice(0, length) };
  return text.length > length ? { ...tenant, subject: text.slice(length + 1) } : tenant;
}

function parseName(name: string) {
  const [start = '', keyId, generation, tenantLength] = NAME.exec(name) ?? [];
  if (keyId === undefined) return undefined;
  return { keyId, generation, scope: parseScope(name.slice(start.length), tenantLength) };
}

/** The index key that a name means; `undefined` for the name of anything else. */
export function indexKeyOf(name: string): IndexKeyRef | undefined {
  const named = parseName(name);
  if (named?.generation === undefined) return undefined;
  return { ...named, generation: Number(named.generation) };
}

/** What to ask the store for to find anything but an index key. */
export function selectorOf(name: string): NameSelector {
  const active = parseName(name);
  if (active !== undefined) {
    const { keyId, scope } = active;
    return { table: 'data_key', keyId, scope: scopeBytes(scope), state: 'ACTIVE' };
  }
  const separator = name.indexOf('#');
  if (separator < 0) throw new FieldsealError('ERR_INTERNAL', 'Not the name of a key');
  const table = name.slice(0, separator) as KeyTable;
  return { table, id: latin1ToBytes(name.slice(separator + 1)) };
}

/** Matches rows with selectors: a store is not trusted to have answered what was asked. */
export function matchKey(selector: NameSelector): string {
  if ('id' in selector) return nameById(selector.table, latin1(selector.id));
  return `${selector.table}@${selector.keyId}@${latin1(selector.scope)}`;
}

/** What a row may answer: its id, and its scope when it is the active one. */
export function matchKeysOf(row: KeyRow): readonly string[] {
  const columns = columnsOf(row);
  const byId = nameById(row.table, latin1(columns.bytes('id')));
  if (row.table !== 'data_key' || columns.text('state') !== 'ACTIVE') return [byId];
  return [byId, `${row.table}@${columns.text('key_id')}@${latin1(columns.bytes('scope'))}`];
}
