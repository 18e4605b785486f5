import type {
  ControlChange,
  ControlRow,
  DataKeyRow,
  IndexKeyRow,
  KeyRow,
  KeyStore,
} from '@fieldseal/core';

export const KEY_ID = '6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69';
export const OTHER_KEY_ID = '00000000-0000-4000-8000-000000000001';
const CREATED_AT = 1_795_461_845_123_456n;

export function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) & 0xff);
}

export function head(epoch: bigint): ControlChange['head'] {
  return { epoch, digest: bytes(32, Number(epoch)), mac: bytes(32, Number(epoch) + 100) };
}

export function alias(name: string, keyId: string = KEY_ID, seed = 1): ControlRow {
  return {
    table: 'alias',
    columns: { name, key_id: keyId, created_at: CREATED_AT, updated_at: CREATED_AT + 1n },
    rowMac: bytes(32, seed),
  };
}

/** One row of every control table, with NULLs, zero bytes, large numbers and empty values. */
export function oneOfEach(): ControlRow[] {
  const created = { created_at: CREATED_AT };
  const rows: [ControlRow['table'], ControlRow['columns']][] = [
    [
      'slot',
      {
        id: KEY_ID,
        kind: 'memory',
        mechanism: 'none',
        label: null,
        root_generation: 1,
        commitment: bytes(32, 3),
        sealed: bytes(16_384, 4),
        recovery: true,
        failure_domain: 'd'.repeat(128),
        tested_at: CREATED_AT,
        ...created,
      },
    ],
    [
      'store_key',
      {
        id: bytes(16, 5),
        version: 1,
        environment: 'test',
        development: false,
        root_generation: 1,
        commitment: bytes(32, 6),
        wrapped: bytes(94, 7),
        ...created,
      },
    ],
    [
      'key',
      {
        id: KEY_ID,
        spec: 'SYMMETRIC_DEFAULT',
        usage: 'ENCRYPT_DECRYPT',
        origin: 'FIELDSEAL',
        owner: 'CUSTOMER',
        state: 'Enabled',
        description: "it's – a \\ description\n",
        deletion_at: null,
        ...created,
      },
    ],
    [
      'key_version',
      {
        key_id: KEY_ID,
        version: 2_147_483_647,
        state: 'PRIMARY',
        root_generation: 1,
        commitment: bytes(32, 8),
        wrapped: bytes(94, 9),
        retire_at: null,
        deletion_at: CREATED_AT,
        expires_at: CREATED_AT + 2n,
        ...created,
      },
    ],
    ['alias', { name: 'alias/kyc', key_id: KEY_ID, ...created, updated_at: CREATED_AT }],
    [
      'key_setting',
      {
        key_id: KEY_ID,
        rotation_days: 365,
        rotation_from: CREATED_AT,
        min_decrypt_version: null,
        updated_at: CREATED_AT,
      },
    ],
    [
      'key_rotation',
      {
        key_id: KEY_ID,
        version: 2,
        type: 'ON_DEMAND',
        staged_at: CREATED_AT,
        activate_at: CREATED_AT + 1n,
      },
    ],
    ['key_tag', { key_id: KEY_ID, name: 'team', value: '', updated_at: CREATED_AT }],
    ['index_register', { key_id: KEY_ID, ranges: bytes(40, 11), updated_at: CREATED_AT }],
    ['policy', { key_id: KEY_ID, name: 'default', document: '{}', updated_at: CREATED_AT }],
    [
      'key_grant',
      {
        id: OTHER_KEY_ID,
        key_id: KEY_ID,
        name: null,
        grantee: 'user/asha',
        retiring: null,
        issuer: 'service/admin',
        operations: '["Decrypt"]',
        constraints: '{"EncryptionContextSubset":{"tenant":"t-1"}}',
        parent: null,
        not_before: null,
        not_after: CREATED_AT,
        ...created,
      },
    ],
    [
      'proposal',
      {
        id: KEY_ID,
        key_id: KEY_ID,
        operation: 'PutKeyPolicy',
        content: '{}',
        proposer: 'user/asha',
        ...created,
        expires_at: CREATED_AT,
      },
    ],
    [
      'approval',
      {
        subject: `policy/${KEY_ID}`,
        key_id: KEY_ID,
        content: '{}',
        proposer: 'user/asha',
        approver: 'user/carol',
        proposed_at: CREATED_AT,
        approved_at: CREATED_AT,
        signature: bytes(64, 10),
      },
    ],
    [
      'registry',
      {
        id: 'Customer.aadhaar',
        kind: 'field',
        field_id: 'Customer.aadhaar',
        table_name: 'Customer',
        column_name: 'aadhaar',
        type: 'string',
        bind: 'row',
        normalizer: null,
        params: new Uint8Array(0),
        ...created,
      },
    ],
    ['phase', { field_id: 'Customer.aadhaar', phase: 'sealed', updated_at: 0n }],
    ['tombstone', { id: bytes(16, 0), kind: 'data_key', reason: null, ...created }],
  ];
  return rows.map(([table, columns], i) => ({ table, columns, rowMac: bytes(32, 40 + i) }));
}

export function dataKey(
  seed: number,
  overrides: Readonly<Partial<KeyRow['columns']>> = {},
): DataKeyRow {
  return {
    table: 'data_key',
    columns: {
      id: bytes(16, seed),
      key_id: KEY_ID,
      key_version: 1,
      tenant: null,
      subject: null,
      scope: Uint8Array.of(0, 0),
      state: 'ACTIVE',
      wrapped: bytes(94, seed + 1),
      created_at: CREATED_AT,
      ...overrides,
    } as KeyRow['columns'],
    rowMac: bytes(32, seed + 2),
  };
}

export function indexKey(
  seed: number,
  overrides: Readonly<Partial<KeyRow['columns']>> = {},
): IndexKeyRow {
  return {
    table: 'index_key',
    columns: {
      id: bytes(16, seed),
      key_id: KEY_ID,
      key_version: 1,
      generation: 1,
      tenant: 't-1',
      scope: Uint8Array.of(0, 1),
      place: 1000,
      state: 'ACTIVE',
      wrapped: bytes(94, seed + 1),
      created_at: CREATED_AT,
      ...overrides,
    } as KeyRow['columns'],
    rowMac: bytes(32, seed + 2),
  };
}

/** Index keys come with a control change only. */
export async function registerKeys(
  store: KeyStore,
  ...indexKeys: readonly IndexKeyRow[]
): Promise<void> {
  const epoch = (await store.readEpoch()) ?? 0n;
  const change = { expectedEpoch: epoch, put: [], remove: [], head: head(epoch + 1n), indexKeys };
  if (!(await store.writeControl(change))) throw new RangeError('Somebody else was first');
}

export function demoted(row: DataKeyRow): DataKeyRow {
  return {
    table: row.table,
    columns: { ...row.columns, state: 'DECRYPT_ONLY' },
    rowMac: bytes(32, 99),
  };
}

/** Drivers may answer with Buffers; the contract is about the bytes. */
export function plain<Row extends ControlRow | KeyRow>(row: Row): Row {
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

export function sorted(rows: readonly (ControlRow | KeyRow)[]): (ControlRow | KeyRow)[] {
  return rows.map(plain).sort((a, b) => (a.rowMac[0] ?? 0) - (b.rowMac[0] ?? 0));
}
