import { randomUUID } from 'node:crypto';
import {
  createFieldCodec,
  type FieldCodec,
  type Keyring,
  type KeyStore,
  type Manifest,
  type ManifestField,
  type Root,
  type RowKeyType,
} from '@fieldseal/core';
import type { FieldJobOptions } from '@fieldseal/jobs';
import { testKeyring } from '@fieldseal/testing';
import pg from 'pg';
import { startPostgres } from '../support/postgres.ts';

type Phase = ManifestField['phase'];

/** A key column, and its value for the n-th row. */
export interface Key {
  readonly column: string;
  readonly type: string;
  readonly rowType: RowKeyType | null;
  value(n: number): string | number;
}

export const KEYS: Readonly<Record<string, readonly Key[]>> = {
  uuid: [{ column: 'id', type: 'uuid', rowType: 'uuid', value: () => randomUUID() }],
  int: [{ column: 'id', type: 'integer', rowType: 'int', value: (n) => n }],
  bigint: [
    { column: 'id', type: 'bigint', rowType: 'int', value: (n) => `900719925474099${1000 + n}` },
  ],
  text: [{ column: 'id', type: 'text', rowType: 'text', value: (n) => `k'"\\${n}é` }],
  bytes: [
    {
      column: 'id',
      type: 'bytea',
      rowType: 'bytes',
      value: (n) => `\\x${(n + 4096).toString(16)}`,
    },
  ],
  composite: [
    { column: 'a', type: 'text', rowType: 'text', value: (n) => `a${n % 3}` },
    { column: 'b', type: 'bigint', rowType: 'int', value: (n) => n },
  ],
  date: [
    {
      column: 'id',
      type: 'date',
      rowType: null,
      value: (n) => new Date(Date.UTC(2000, 0, n + 1)).toISOString().slice(0, 10),
    },
  ],
};

export function peopleManifest(
  phase: Phase | 'sealed',
  key: readonly Key[] = KEYS.uuid!,
  over: Partial<ManifestField> = {},
): Manifest {
  const base = { type: 'string', storage: 'text', key: 'alias/kyc', scope: 'tenantId' } as const;
  const bind = key.every(({ rowType }) => rowType !== null) ? 'row' : 'field';
  const index = { kind: 'equality', normalizer: 'digits@1' } as const;
  const pan: ManifestField = {
    ...base,
    name: 'pan',
    column: 'pan',
    id: 'people.pan',
    nullable: true,
    bind,
    ...(phase === undefined || phase === 'sealed' ? {} : { phase }),
    indexes: [
      { ...index, id: 'people.pan.equality', name: 'panToken', column: 'pan_token' },
      {
        ...index,
        kind: 'part',
        part: 'last4',
        id: 'people.pan.last4',
        name: 'panLast4',
        column: 'pan_last4',
        acceptLeakage: 'test',
      },
    ],
    ...over,
  };
  const primaryKey = key.map(({ column, rowType }) => ({ name: column, column, type: rowType }));
  const scopeColumns = [{ name: 'tenantId', column: 'tenant_id' }];
  const model = { name: 'Person', table: 'people', primaryKey, scopeColumns, fields: [pan] };
  return { version: 1, adapter: 'test', models: [model] };
}

/** A table full of plaintext, and the keyring that is to seal it. */
export interface People {
  readonly url: string;
  readonly sql: pg.Pool;
  readonly keyring: Keyring;
  readonly manifest: Manifest;
  readonly codec: FieldCodec;
  /** Options of a job on `Person.pan`, as fast as it can. */
  readonly job: FieldJobOptions;
  /** What the table holds, opened: `key -> value`. */
  opened(): Promise<ReadonlyMap<string, unknown>>;
  close(): Promise<void>;
}

export async function createPeople(
  options: {
    readonly rows?: number;
    readonly key?: readonly Key[];
    readonly phase?: Phase | 'sealed';
    readonly field?: Partial<ManifestField>;
    readonly textOf?: (n: number) => string | null;
    readonly more?: string;
    /** Of the keys; one of its own when absent. */
    readonly store?: KeyStore;
    /** Of the keys; one in memory when absent. */
    readonly roots?: readonly Root[];
    /** Of an empty database; one of the run's server when absent. */
    readonly url?: string;
  } = {},
): Promise<People> {
  const { rows = 50, key = KEYS.uuid!, phase = 'plain', textOf = panOf } = options;
  const url = options.url ?? (await (await startPostgres()).createDatabase());
  const sql = new pg.Pool({ connectionString: url });
  const columns = key.map(({ column, type }) => `${column} ${type} NOT NULL`).join(', ');
  const names = key.map(({ column }) => column).join(', ');
  await sql.query(`CREATE TABLE people (${columns}, tenant_id text NOT NULL, pan text UNIQUE,
    pan_token bytea UNIQUE, pan_last4 bytea, updated_at timestamptz DEFAULT now(),
    version int NOT NULL DEFAULT 1, PRIMARY KEY (${names}));
    CREATE INDEX ON people (pan_last4); ${options.more ?? ''}`);
  for (let n = 0; n < rows; n++) {
    const values = [...key.map(({ value }) => value(n)), `t${n % 2}`, textOf(n)];
    const list = values.map((_, i) => `$${i + 1}`).join(', ');
    await sql.query(`INSERT INTO people (${names}, tenant_id, pan) VALUES (${list})`, values);
  }
  const { store, roots } = options;
  const keyring = await testKeyring({
    ...(store === undefined ? {} : { store }),
    ...(roots === undefined ? {} : { roots }),
  });
  const manifest = peopleManifest(phase, key, options.field);
  const codec = createFieldCodec({ keyring, manifest });
  await codec.register();
  const pace = { load: 1, batchSize: 7, settleMs: 16_000 };
  const job = { database: url, keyring, manifest, field: 'Person.pan', ...pace };
  return {
    url,
    sql,
    keyring,
    manifest,
    codec,
    job,
    async opened() {
      const found = await sql.query(
        `SELECT ${key.map(({ column }) => `${column}::text AS "${column}"`).join(', ')},
                tenant_id AS "tenantId", pan, pan_token AS "panToken", pan_last4 AS "panLast4"
           FROM people`,
      );
      const opened = found.rows.map((row) => ({ ...row, ...bytesKey(key, row) }));
      await codec.open('test', [{ model: 'Person', rows: opened }]);
      return new Map(
        found.rows.map((row, i) => [key.map(({ column }) => row[column]).join(), opened[i].pan]),
      );
    },
    async close() {
      await sql.end();
      await keyring.close();
    },
  };
}

function bytesKey(key: readonly Key[], row: Record<string, string>): Record<string, unknown> {
  const bytes = key.filter(({ rowType }) => rowType === 'bytes');
  return Object.fromEntries(
    bytes.map(({ column }) => [column, Buffer.from(row[column]!.slice(2), 'hex')]),
  );
}

/** A value with spaces, so that normalising shows; every tenth row has none. */
export function panOf(n: number): string | null {
  return n % 10 === 9 ? null : `4111 1111 ${String(n).padStart(8, '0')}`;
}
