/**
 * The stored records, column by column. A key store keeps typed rows and understands nothing of
 * them; the row MAC of FORMAT.md section 5 covers every column listed here.
 */

/** `uuid` values are lower-case text; `timestamp` is microseconds since 1970 UTC. */
export type ColumnType = 'text' | 'uuid' | 'int' | 'bigint' | 'boolean' | 'timestamp' | 'bytes';

/** JavaScript value of a column: int is number, bigint and timestamp are bigint. */
export type ColumnValue = string | number | bigint | boolean | Uint8Array | null;

export interface TableSchema {
  /** Column names and types. The order is of no meaning: contexts are sorted. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Columns that name one row. */
  readonly key: readonly string[];
}

export type ControlTable =
  | 'slot'
  | 'store_key'
  | 'key'
  | 'key_version'
  | 'alias'
  | 'key_setting'
  | 'key_rotation'
  | 'key_tag'
  | 'index_register'
  | 'policy'
  | 'key_grant'
  | 'proposal'
  | 'approval'
  | 'registry'
  | 'phase'
  | 'tombstone';
export type KeyTable = 'data_key' | 'index_key';
export type AuditTable = 'audit_entry' | 'audit_checkpoint';

/** Control tables: few rows, read whole, covered by the head. */
export const CONTROL_TABLES: Readonly<Record<ControlTable, TableSchema>> = {
  slot: {
    key: ['id'],
    columns: {
      id: 'uuid',
      kind: 'text',
      mechanism: 'text',
      label: 'text',
      root_generation: 'int',
      commitment: 'bytes',
      sealed: 'bytes',
      recovery: 'boolean',
      failure_domain: 'text',
      tested_at: 'timestamp',
      created_at: 'timestamp',
    },
  },
  store_key: {
    key: ['version'],
    columns: {
      id: 'bytes',
      version: 'int',
      environment: 'text',
      development: 'boolean',
      root_generation: 'int',
      commitment: 'bytes',
      wrapped: 'bytes',
      created_at: 'timestamp',
    },
  },
  key: {
    key: ['id'],
    columns: {
      id: 'uuid',
      spec: 'text',
      usage: 'text',
      origin: 'text',
      owner: 'text',
      state: 'text',
      description: 'text',
      deletion_at: 'timestamp',
      created_at: 'timestamp',
    },
  },
  key_version: {
    key: ['key_id', 'version'],
    columns: {
      key_id: 'uuid',
      version: 'int',
      state: 'text',
      root_generation: 'int',
      commitment: 'bytes',
      wrapped: 'bytes',
      retire_at: 'timestamp',
      deletion_at: 'timestamp',
      expires_at: 'timestamp',
      created_at: 'timestamp',
    },
  },
  alias: {
    key: ['name'],
    columns: { name: 'text', key_id: 'uuid', created_at: 'timestamp', updated_at: 'timestamp' },
  },
  key_setting: {
    key: ['key_id'],
    columns: {
      key_id: 'uuid',
      rotation_days: 'int',
      rotation_from: 'timestamp',
      min_decrypt_version: 'int',
      updated_at: 'timestamp',
    },
  },
  key_rotation: {
    key: ['key_id', 'version'],
    columns: {
      key_id: 'uuid',
      version: 'int',
      type: 'text',
      staged_at: 'timestamp',
      activate_at: 'timestamp',
    },
  },
  key_tag: {
    key: ['key_id', 'name'],
    columns: { key_id: 'uuid', name: 'text', value: 'text', updated_at: 'timestamp' },
  },
  index_register: {
    key: ['key_id'],
    columns: { key_id: 'uuid', ranges: 'bytes', updated_at: 'timestamp' },
  },
  policy: {
    key: ['key_id', 'name'],
    columns: { key_id: 'uuid', name: 'text', document: 'text', updated_at: 'timestamp' },
  },
  key_grant: {
    key: ['id'],
    columns: {
      id: 'uuid',
      key_id: 'uuid',
      name: 'text',
      grantee: 'text',
      retiring: 'text',
      issuer: 'text',
      operations: 'text',
      constraints: 'text',
      parent: 'uuid',
      not_before: 'timestamp',
      not_after: 'timestamp',
      created_at: 'timestamp',
    },
  },
  proposal: {
    key: ['id'],
    columns: {
      id: 'uuid',
      key_id: 'uuid',
      operation: 'text',
      content: 'text',
      proposer: 'text',
      created_at: 'timestamp',
      expires_at: 'timestamp',
    },
  },
  approval: {
    key: ['subject'],
    columns: {
      subject: 'text',
      key_id: 'uuid',
      content: 'text',
      proposer: 'text',
      approver: 'text',
      proposed_at: 'timestamp',
      approved_at: 'timestamp',
      signature: 'bytes',
    },
  },
  registry: {
    key: ['id'],
    columns: {
      id: 'text',
      kind: 'text',
      field_id: 'text',
      table_name: 'text',
      column_name: 'text',
      type: 'text',
      bind: 'text',
      normalizer: 'text',
      params: 'bytes',
      created_at: 'timestamp',
    },
  },
  phase: {
    key: ['field_id'],
    columns: { field_id: 'text', phase: 'text', updated_at: 'timestamp' },
  },
  tombstone: {
    key: ['id'],
    columns: { id: 'bytes', kind: 'text', reason: 'text', created_at: 'timestamp' },
  },
};

/**
 * Key tables: many rows, read by id, scope or place, each with its own MAC, not in the head. Index
 * keys are in a register that is.
 */
export const KEY_TABLES: Readonly<Record<KeyTable, TableSchema>> = {
  data_key: {
    key: ['id'],
    columns: {
      id: 'bytes',
      key_id: 'uuid',
      key_version: 'int',
      tenant: 'text',
      subject: 'text',
      scope: 'bytes',
      state: 'text',
      wrapped: 'bytes',
      created_at: 'timestamp',
    },
  },
  index_key: {
    key: ['id'],
    columns: {
      id: 'bytes',
      key_id: 'uuid',
      key_version: 'int',
      generation: 'int',
      tenant: 'text',
      scope: 'bytes',
      place: 'int',
      state: 'text',
      wrapped: 'bytes',
      created_at: 'timestamp',
    },
  },
};

/** Audit tables: only ever added to, read by chain, each row with its own MAC, not in the head. */
export const AUDIT_TABLES: Readonly<Record<AuditTable, TableSchema>> = {
  audit_entry: {
    key: ['chain', 'sequence'],
    columns: {
      chain: 'text',
      sequence: 'bigint',
      occurred_at: 'timestamp',
      ended_at: 'timestamp',
      environment: 'text',
      principal: 'text',
      action: 'text',
      key_id: 'text',
      key_version: 'int',
      data_key_id: 'bytes',
      context_hash: 'bytes',
      context: 'text',
      decision: 'text',
      outcome: 'text',
      request_id: 'text',
      read_only: 'boolean',
      operations: 'bigint',
      epoch: 'bigint',
      opens: 'text',
      details: 'text',
      previous: 'bytes',
      hash: 'bytes',
    },
  },
  audit_checkpoint: {
    key: ['chain', 'sequence'],
    columns: {
      chain: 'text',
      sequence: 'bigint',
      entry_hash: 'bytes',
      environment: 'text',
      pin: 'text',
      signer: 'bytes',
      created_at: 'timestamp',
      signature: 'bytes',
    },
  },
};

/** Version of the columns above; part of every row MAC as `#schema`. */
export const RECORD_SCHEMA_VERSION = 1;
