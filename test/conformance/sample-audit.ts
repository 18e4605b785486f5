import type { AuditRow, CheckpointRow } from '@fieldseal/core';
import { bytes } from './sample-rows.ts';

/** An entry as a store sees it: nothing in it has to be true. */
export function auditEntry(
  chain: string,
  sequence: bigint,
  overrides: Readonly<Partial<AuditRow['columns']>> = {},
): AuditRow {
  return {
    table: 'audit_entry',
    columns: {
      chain,
      sequence,
      occurred_at: 1_795_461_845_123_456n,
      ended_at: null,
      environment: 'test',
      principal: "it's – a \\ principal\n",
      action: 'Decrypt',
      key_id: null,
      key_version: null,
      data_key_id: bytes(16, 1),
      context_hash: bytes(32, 2),
      context: null,
      decision: null,
      outcome: 'Success',
      request_id: null,
      read_only: true,
      operations: 2n ** 60n + 1n,
      epoch: null,
      opens: null,
      details: '{"a":1}',
      previous: bytes(32, 3),
      hash: bytes(32, Number(sequence)),
      ...overrides,
    } as AuditRow['columns'],
    rowMac: bytes(32, 4),
  };
}

export function auditCheckpoint(chain: string, sequence: bigint, seed = 5): CheckpointRow {
  return {
    table: 'audit_checkpoint',
    columns: {
      chain,
      sequence,
      entry_hash: bytes(32, Number(sequence)),
      environment: 'test',
      pin: 'fsp1.AAAAAAAAAAAAAAAAAAAAAAAAAAA',
      signer: bytes(32, 6),
      created_at: 0n,
      signature: bytes(64, seed),
    },
    rowMac: bytes(32, 7),
  };
}

/** Drivers may answer with Buffers; the contract is about the bytes. */
export function plainAudit<Row extends AuditRow | CheckpointRow>(row: Row): Row {
  const columns = Object.entries(row.columns).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Uint8Array.from(value) : value,
  ]);
  return {
    table: row.table,
    columns: Object.fromEntries(columns),
    rowMac: Uint8Array.from(row.rowMac),
  } as Row;
}
