import { latin1 } from '../bytes/latin1.ts';
import { columnsOf, integrityError } from './columns.ts';
import { type FieldPhase, isFieldPhase } from './field-phase.ts';
import { groupByKey } from './group-by-key.ts';
import { type IndexRecord, readIndex } from './index-state.ts';
import { type KeyRecords, readKeyRecords } from './key-records.ts';
import {
  isState,
  KEY_STATES,
  type KeyState,
  VERSION_STATES,
  type VersionState,
} from './key-states.ts';
import type { ControlRow, ControlState } from './key-store.ts';
import { CONTROL_TABLES, type ControlTable } from './record-schema.ts';
import { readShreddedScopes, type ShreddedScopes } from './shredded-scopes.ts';

export interface StoreKeyRecord {
  readonly row: ControlRow;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly version: number;
  readonly environment: string;
  readonly development: boolean;
  readonly rootGeneration: number;
  readonly commitment: Uint8Array;
  readonly wrapped: Uint8Array;
}

export interface SlotRecord {
  readonly row: ControlRow;
  readonly id: string;
  readonly kind: string;
  readonly mechanism: string;
  readonly label: string | null;
  readonly rootGeneration: number;
  readonly commitment: Uint8Array;
  readonly sealed: Uint8Array;
  /** Whether it opens without the machines that run the application. */
  readonly recovery: boolean;
  readonly failureDomain: string | null;
  /** When its root opened it last because somebody wanted to know; microseconds since 1970. */
  readonly testedAt: bigint;
  readonly createdAt: bigint;
}

export interface KeyVersionRecord {
  readonly row: ControlRow;
  readonly keyId: string;
  readonly version: number;
  readonly state: VersionState;
  readonly rootGeneration: number;
  readonly commitment: Uint8Array;
  readonly wrapped: Uint8Array;
  /** When nobody can seal under it any more, while it waits for that to be counted. */
  readonly retireAt: bigint | null;
  /** When its material goes; later by as much as the count is late. */
  readonly deletionAt: bigint | null;
  /** When imported material ends; `null`: never. */
  readonly expiresAt: bigint | null;
  readonly createdAt: bigint;
}

export interface KeyRecord {
  readonly row: ControlRow;
  readonly id: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  /** `CUSTOMER` or `SERVICE`. */
  readonly owner: string;
  readonly state: KeyState;
  readonly description: string | null;
  readonly deletionAt: bigint | null;
  readonly createdAt: bigint;
  readonly versions: ReadonlyMap<number, KeyVersionRecord>;
  /** Absent only when the key has no material (any more). */
  readonly primary: KeyVersionRecord | undefined;
}

export interface AliasRecord {
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
}

export interface PhaseRecord {
  readonly fieldId: string;
  readonly phase: FieldPhase;
  /** Microseconds since 1970. */
  readonly updatedAt: bigint;
}

/** Control rows by what they say. Made from rows whose MACs and head were verified. */
export interface ControlSnapshot extends KeyRecords {
  readonly epoch: bigint;
  readonly digest: Uint8Array;
  readonly rows: readonly ControlRow[];
  readonly storeKey: StoreKeyRecord;
  readonly slots: readonly SlotRecord[];
  readonly keys: ReadonlyMap<string, KeyRecord>;
  readonly aliases: ReadonlyMap<string, AliasRecord>;
  /** Registry rows by id. */
  readonly registry: ReadonlyMap<string, ControlRow>;
  /** Phases by field id; a field without one is sealed. */
  readonly phases: ReadonlyMap<string, PhaseRecord>;
  /** Indexes by index id; one without a row is as old as its registration says. */
  readonly indexes: ReadonlyMap<string, IndexRecord>;
  /** Ids of what was destroyed, as latin1 text; they win over any row. */
  readonly tombstones: ReadonlySet<string>;
  /** Tenants and subjects whose keys are gone, and who get no new ones. */
  readonly shredded: ShreddedScopes;
}

/** Names of rows, which never change: a change of one row names all others again. */
const NAMES = new WeakMap<ControlRow, string>();

/** Row identity within a store: its table and key columns. */
export function controlRowName(row: ControlRow): string {
  const name = NAMES.get(row) ?? nameOfRow(row);
  NAMES.set(row, name);
  return name;
}

function nameOfRow(row: ControlRow): string {
  const parts = CONTROL_TABLES[row.table].key.map((column) => {
    const value = row.columns[column];
    return value instanceof Uint8Array ? latin1(value) : String(value);
  });
  return JSON.stringify([row.table, ...parts]);
}

function rowsOf(rows: readonly ControlRow[], table: ControlTable): readonly ControlRow[] {
  return rows.filter((row) => row.table === table);
}

function readStoreKey(row: ControlRow): StoreKeyRecord {
  const columns = columnsOf(row);
  return {
    row,
    id: columns.bytes('id', 16),
    version: columns.int('version'),
    environment: columns.text('environment'),
    development: columns.boolean('development'),
    rootGeneration: columns.int('root_generation'),
    commitment: columns.bytes('commitment', 32),
    wrapped: columns.bytes('wrapped'),
  };
}

function readSlot(row: ControlRow): SlotRecord {
  const columns = columnsOf(row);
  return {
    row,
    id: columns.text('id'),
    kind: columns.text('kind'),
    mechanism: columns.text('mechanism'),
    label: columns.optionalText('label'),
    rootGeneration: columns.int('root_generation'),
    commitment: columns.bytes('commitment', 32),
    sealed: columns.bytes('sealed'),
    recovery: columns.boolean('recovery'),
    failureDomain: columns.optionalText('failure_domain'),
    testedAt: columns.timestamp('tested_at'),
    createdAt: columns.timestamp('created_at'),
  };
}

function readVersion(row: ControlRow): KeyVersionRecord {
  const columns = columnsOf(row);
  const state = columns.text('state');
  if (!isState(VERSION_STATES, state)) {
    throw integrityError('A key version has an unknown state', 'key_version', 'state');
  }
  return {
    row,
    keyId: columns.text('key_id'),
    version: columns.int('version'),
    state,
    rootGeneration: columns.int('root_generation'),
    commitment: columns.bytes('commitment', 32),
    wrapped: columns.bytes('wrapped'),
    retireAt: columns.optionalTimestamp('retire_at'),
    deletionAt: columns.optionalTimestamp('deletion_at'),
    expiresAt: columns.optionalTimestamp('expires_at'),
    createdAt: columns.timestamp('created_at'),
  };
}

/** A key may wait for its deletion without ever having had material. */
const WITHOUT_MATERIAL: ReadonlySet<KeyState> = new Set([
  'Destroyed',
  'PendingImport',
  'PendingDeletion',
]);

function readKey(
  row: ControlRow,
  versions: ReadonlyMap<string, readonly KeyVersionRecord[]>,
): KeyRecord {
  const columns = columnsOf(row);
  const id = columns.text('id');
  const state = columns.text('state');
  if (!isState(KEY_STATES, state)) {
    throw integrityError('A key has an unknown state', 'key', 'state');
  }
  const mine = versions.get(id) ?? [];
  const primaries = mine.filter((version) => version.state === 'PRIMARY');
  const exactlyOne = primaries.length === 1;
  if (!exactlyOne && !(primaries.length === 0 && WITHOUT_MATERIAL.has(state))) {
    throw integrityError('A key has not exactly one primary version', 'key_version');
  }
  return {
    row,
    id,
    spec: columns.text('spec'),
    usage: columns.text('usage'),
    origin: columns.text('origin'),
    owner: columns.text('owner'),
    state,
    description: columns.optionalText('description'),
    deletionAt: columns.optionalTimestamp('deletion_at'),
    createdAt: columns.timestamp('created_at'),
    versions: new Map(mine.map((version) => [version.version, version])),
    primary: primaries[0],
  };
}

function readAlias(row: ControlRow): AliasRecord {
  const columns = columnsOf(row);
  return {
    name: columns.text('name'),
    keyId: columns.text('key_id'),
    createdAt: columns.timestamp('created_at'),
    updatedAt: columns.timestamp('updated_at'),
  };
}

function readPhase(row: ControlRow): PhaseRecord {
  const columns = columnsOf(row);
  const phase = columns.text('phase');
  if (!isFieldPhase(phase)) throw integrityError('A field has an unknown phase', 'phase');
  return {
    fieldId: columns.text('field_id'),
    phase,
    updatedAt: columns.timestamp('updated_at'),
  };
}

/** Phases of fields and states of indexes, which share a table. */
function readPhases(rows: readonly ControlRow[]): Pick<ControlSnapshot, 'phases' | 'indexes'> {
  const phases = new Map<string, PhaseRecord>();
  const indexes = new Map<string, IndexRecord>();
  for (const row of rows) {
    const columns = columnsOf(row);
    const index = readIndex(columns.text('phase'));
    if (index !== undefined) indexes.set(columns.text('field_id'), index);
    else phases.set(columns.text('field_id'), readPhase(row));
  }
  return { phases, indexes };
}

/**
 * The store key and slots, which have to be read before any MAC can be verified.
 * @throws `ERR_STORE_INTEGRITY`
 */
export function readSlotsAndStoreKey(state: ControlState): {
  readonly storeKey: StoreKeyRecord;
  readonly slots: readonly SlotRecord[];
} {
  const records = rowsOf(state.rows, 'store_key').map(readStoreKey);
  const storeKey = records.sort((a, b) => b.version - a.version)[0];
  if (storeKey === undefined) throw integrityError('The store has no store key', 'store_key');
  return { storeKey, slots: rowsOf(state.rows, 'slot').map(readSlot) };
}

/**
 * Reads control rows into records and checks what must hold between them.
 * @throws `ERR_STORE_INTEGRITY`
 */
export function indexControl(state: ControlState): ControlSnapshot {
  const { rows, head } = state;
  const versions = rowsOf(rows, 'key_version').map(readVersion);
  const grouped = groupByKey(versions);
  const keys = rowsOf(rows, 'key').map((row) => readKey(row, grouped));
  const byId = new Map(keys.map((key) => [key.id, key]));
  if (versions.some((version) => !byId.has(version.keyId))) {
    throw integrityError('A key version belongs to no key', 'key_version');
  }
  const aliases = rowsOf(rows, 'alias').map(readAlias);
  if (aliases.some((alias) => !byId.has(alias.keyId))) {
    throw integrityError('An alias names no key', 'alias');
  }
  const tombstones = rowsOf(rows, 'tombstone').map((row) => latin1(columnsOf(row).bytes('id')));
  const registry = rowsOf(rows, 'registry').map((row) => [columnsOf(row).text('id'), row] as const);
  return {
    epoch: head.epoch,
    digest: head.digest,
    rows,
    ...readSlotsAndStoreKey(state),
    keys: byId,
    aliases: new Map(aliases.map((alias) => [alias.name, alias])),
    registry: new Map(registry),
    ...readPhases(rowsOf(rows, 'phase')),
    ...readKeyRecords((table) => rowsOf(rows, table), byId),
    tombstones: new Set(tombstones),
    shredded: readShreddedScopes(rowsOf(rows, 'tombstone')),
  };
}
