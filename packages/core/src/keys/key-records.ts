import {
  type ApprovalRecord,
  type ProposalRecord,
  readApproval,
  readProposal,
} from './approval-records.ts';
import { columnsOf, integrityError } from './columns.ts';
import { groupByKey } from './group-by-key.ts';
import type { ControlRow } from './key-store.ts';
import type { ControlTable } from './record-schema.ts';

/** What was chosen for a key beside its row. Times are microseconds since 1970. */
export interface KeySettingRecord {
  readonly keyId: string;
  /** Days between automatic rotations; `null`: there are none. */
  readonly rotationDays: number | null;
  /** From when the days count, if no rotation was later. */
  readonly rotationFrom: bigint | null;
  /** Versions below it open nothing. */
  readonly minDecryptVersion: number | null;
}

/** How a version after the first came to be. */
export interface KeyRotationRecord {
  readonly keyId: string;
  readonly version: number;
  /** `AUTOMATIC` or `ON_DEMAND`, as in AWS KMS; `IMPORT` for new material of an imported key. */
  readonly type: string;
  readonly stagedAt: bigint;
  /** When it is to take over. */
  readonly activateAt: bigint;
}

export interface KeyGrantRecord {
  readonly row: ControlRow;
  readonly id: string;
  readonly keyId: string;
  readonly name: string | null;
  readonly grantee: string;
  readonly retiring: string | null;
  readonly issuer: string;
  readonly operations: readonly string[];
  readonly constraints: GrantConstraints | null;
  /** The grant by whose CreateGrant this one was made. */
  readonly parent: string | null;
  readonly notBefore: bigint | null;
  readonly notAfter: bigint | null;
  readonly createdAt: bigint;
}

/** Pairs of the encryption context that a call must have, exactly, among others, or both. */
export interface GrantConstraints {
  readonly EncryptionContextEquals?: Readonly<Record<string, string>>;
  readonly EncryptionContextSubset?: Readonly<Record<string, string>>;
}

/** What the store has of keys beyond their material. */
export interface KeyRecords {
  readonly settings: ReadonlyMap<string, KeySettingRecord>;
  /** By key id, oldest first. */
  readonly rotations: ReadonlyMap<string, readonly KeyRotationRecord[]>;
  /** By key id: the ranges of its register of index keys. */
  readonly indexRegisters: ReadonlyMap<string, Uint8Array>;
  /** By key id: names and values. */
  readonly tags: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Documents of policies, by key id. */
  readonly policies: ReadonlyMap<string, string>;
  /** By key id, oldest first. */
  readonly grants: ReadonlyMap<string, readonly KeyGrantRecord[]>;
  /** By their ids. */
  readonly proposals: ReadonlyMap<string, ProposalRecord>;
  /** By their subjects. */
  readonly approvals: ReadonlyMap<string, ApprovalRecord>;
}

function readSetting(row: ControlRow): KeySettingRecord {
  const columns = columnsOf(row);
  return {
    keyId: columns.text('key_id'),
    rotationDays: columns.optionalInt('rotation_days'),
    rotationFrom: columns.optionalTimestamp('rotation_from'),
    minDecryptVersion: columns.optionalInt('min_decrypt_version'),
  };
}

function readRotation(row: ControlRow): KeyRotationRecord {
  const columns = columnsOf(row);
  return {
    keyId: columns.text('key_id'),
    version: columns.int('version'),
    type: columns.text('type'),
    stagedAt: columns.timestamp('staged_at'),
    activateAt: columns.timestamp('activate_at'),
  };
}

/** The row is ours by its MAC, so what does not parse is our fault, and still no reason to go on. */
function parsed<Value>(text: string, column: string): Value {
  let value: Value | undefined;
  try {
    value = JSON.parse(text) as Value;
  } catch {
    // reported below, without what a parser quotes
  }
  if (value === undefined) throw integrityError('A grant does not parse', 'key_grant', column);
  return value;
}

function readGrant(row: ControlRow): KeyGrantRecord {
  const columns = columnsOf(row);
  const constraints = columns.optionalText('constraints');
  return {
    row,
    id: columns.text('id'),
    keyId: columns.text('key_id'),
    name: columns.optionalText('name'),
    grantee: columns.text('grantee'),
    retiring: columns.optionalText('retiring'),
    issuer: columns.text('issuer'),
    operations: parsed(columns.text('operations'), 'operations'),
    constraints: constraints === null ? null : parsed(constraints, 'constraints'),
    parent: columns.optionalText('parent'),
    notBefore: columns.optionalTimestamp('not_before'),
    notAfter: columns.optionalTimestamp('not_after'),
    createdAt: columns.timestamp('created_at'),
  };
}

function readTags(rows: readonly ControlRow[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const tags = new Map<string, Map<string, string>>();
  for (const row of rows) {
    const columns = columnsOf(row);
    const keyId = columns.text('key_id');
    const mine = tags.get(keyId) ?? new Map<string, string>();
    tags.set(keyId, mine.set(columns.text('name'), columns.text('value')));
  }
  return tags;
}

const OF_KEYS = [
  'key_setting',
  'key_rotation',
  'key_tag',
  'index_register',
  'policy',
  'key_grant',
  'proposal',
  'approval',
] as const;

/**
 * Reads what control rows say of keys beyond their material.
 * @throws `ERR_STORE_INTEGRITY`, also for a row that names no key.
 */
export function readKeyRecords(
  rowsOf: (table: ControlTable) => readonly ControlRow[],
  keyIds: { has(keyId: string): boolean },
): KeyRecords {
  for (const table of OF_KEYS) {
    for (const row of rowsOf(table)) {
      const keyId = columnsOf(row).optionalText('key_id');
      // what is proposed for all keys at once, or was approved for them, belongs to none of them
      if (keyId === null && (table === 'proposal' || table === 'approval')) continue;
      if (keyId === null || !keyIds.has(keyId)) {
        throw integrityError('A row belongs to no key', table, 'key_id');
      }
    }
  }
  const settings = rowsOf('key_setting').map(readSetting);
  const policies = rowsOf('policy').map((row) => {
    const columns = columnsOf(row);
    return [columns.text('key_id'), columns.text('document')] as const;
  });
  const registers = rowsOf('index_register').map((row) => {
    const columns = columnsOf(row);
    return [columns.text('key_id'), columns.bytes('ranges')] as const;
  });
  const rotations = rowsOf('key_rotation').map(readRotation);
  const grants = rowsOf('key_grant').map(readGrant);
  const proposals = rowsOf('proposal').map(readProposal);
  const approvals = rowsOf('approval').map(readApproval);
  return {
    settings: new Map(settings.map((setting) => [setting.keyId, setting])),
    rotations: groupByKey(rotations.sort((a, b) => a.version - b.version)),
    indexRegisters: new Map(registers),
    tags: readTags(rowsOf('key_tag')),
    policies: new Map(policies),
    grants: groupByKey(grants.sort((a, b) => Number(a.createdAt - b.createdAt))),
    proposals: new Map(proposals.map((proposal) => [proposal.id, proposal])),
    approvals: new Map(approvals.map((approval) => [approval.subject, approval])),
  };
}
