import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { describeCell } from '@fieldseal/core';
import {
  type CoverageReport,
  countCells,
  coverage,
  dataKeyIndexSql,
  encryptExisting,
  planMigration,
  reEncrypt,
  signCoverage,
  verifyCoverage,
} from '@fieldseal/jobs';
import { testKeyring } from '@fieldseal/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { countField, countSql } from '../../packages/jobs/src/coverage/count-field.ts';
import { coveredFields } from '../../packages/jobs/src/coverage/covered-fields.ts';
import { estimateOf, sampleOf } from '../../packages/jobs/src/coverage/sample.ts';
import { dataKeySql } from '../../packages/jobs/src/table/data-key-sql.ts';
import { openSession } from '../../packages/jobs/src/table/session.ts';
import { createPeople, type People } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

async function people(options: Parameters<typeof createPeople>[0] = {}): Promise<People> {
  const made = await createPeople({ phase: 'migrating', ...options });
  open.push(made);
  return made;
}

const report = ({ url, keyring, manifest }: People): Promise<CoverageReport> =>
  coverage({ database: url, keyring, manifest });

async function write(
  { codec, sql }: People,
  id: string,
  pan: string,
  tenantId: string,
): Promise<void> {
  const target: Record<string, unknown> = { pan };
  const call = codec.call('Person.update');
  call.seal({ model: 'Person', target, row: { id, tenantId }, scope: { tenant: tenantId } });
  await call.run();
  await sql.query('UPDATE people SET pan = $2 WHERE id = $1', [id, target.pan]);
}

describe.concurrent('coverage', () => {
  test('counts cells by data key and version, and what is no cell by what it is', async () => {
    const made = await people({ rows: 20 });
    const { sql, keyring } = made;
    await encryptExisting(made.job);
    const keyId = keyring.listKeys().find(({ aliases }) => aliases.includes('alias/kyc'))!.keyId;
    await keyring.rotateKey('alias/kyc');
    const { rows } = await sql.query(
      'SELECT id, pan, tenant_id AS tenant FROM people WHERE pan IS NOT NULL ORDER BY id',
    );
    await write(made, rows[0].id, '5', rows[0].tenant);
    const unknown = Buffer.from(rows[1].pan.slice(4), 'base64url');
    randomBytes(16).copy(unknown, 3);
    const odd = [
      `fs1.${unknown.toString('base64url')}`,
      rows[2].pan.slice(0, 60),
      `${rows[3].pan.slice(0, 50)}=${rows[3].pan.slice(51)}`,
      'fs1.9QMAxxxx',
      '4111 1111 1111 1111',
      'fs2.x',
    ];
    for (const [i, text] of odd.entries())
      await sql.query('UPDATE people SET pan = $2 WHERE id = $1', [rows[i + 1].id, text]);
    const { fields, versions, ...about } = await report(made);
    expect(fields).toMatchObject([
      {
        field: 'Person.pan',
        fieldId: 'people.pan',
        schema: null,
        table: 'people',
        column: 'pan',
        method: { kind: 'exact' },
        cells: 13,
        unknown: 1,
        malformed: 3,
        plaintext: 2,
        nulls: 2,
        plaintextMargin: 0,
      },
    ]);
    expect(versions).toEqual([
      { keyId, keyVersion: 2, dataKeys: 1, cells: 1, margin: 0 },
      { keyId, keyVersion: 1, dataKeys: 2, cells: 11, margin: 0 },
    ]);
    const counted = new Map(fields[0]!.dataKeys.map((each) => [each.dataKeyId, each.cells]));
    const { rows: cells } = await sql.query(`SELECT pan FROM people WHERE length(pan) > 80`);
    const expected = new Map<string, number>();
    for (const { pan } of cells) {
      if (pan.includes('=')) continue;
      const { dataKeyId } = describeCell(pan);
      expected.set(dataKeyId, (expected.get(dataKeyId) ?? 0) + 1);
    }
    expect(counted).toEqual(expected);
    expect(about).toMatchObject({ version: 1, environment: 'test', pin: keyring.pin });
    expect(about.notSeen).toEqual(
      expect.arrayContaining(['EXPORTS', 'REPLICAS', 'WAREHOUSES', 'BACKUPS']),
    );
  });

  test('of a binary column reads the same bytes, and takes what is no cell for malformed', async () => {
    const made = await people({
      rows: 6,
      textOf: () => null,
      more: 'ALTER TABLE people ALTER pan TYPE bytea USING NULL',
      phase: 'sealed',
      field: { storage: 'bytes' },
    });
    const { rows } = await made.sql.query('SELECT id, tenant_id AS tenant FROM people');
    for (const [i, { id, tenant }] of rows.entries())
      if (i < 3) await write(made, id, String(i), tenant);
    const short = [Buffer.from('f50100', 'hex'), Buffer.alloc(0)];
    for (const [i, bytes] of short.entries())
      await made.sql.query('UPDATE people SET pan = $2 WHERE id = $1', [rows[i + 3].id, bytes]);
    const { fields } = await report(made);
    expect(fields).toMatchObject([{ cells: 3, unknown: 0, malformed: 2, plaintext: 0, nulls: 1 }]);
  });

  test('refuses a column that is not there', async () => {
    const made = await people({ rows: 0 });
    await made.sql.query('ALTER TABLE people DROP COLUMN pan');
    await expect(report(made)).rejects.toMatchObject({ code: 'ERR_MANIFEST_MISMATCH' });
  });

  test('is evidence once it is signed, for whoever has the public key', async () => {
    const made = await people({ rows: 4 });
    await encryptExisting(made.job);
    const signed = await signCoverage(made.keyring, await report(made));
    const publicKey = await made.keyring.audit.publicKey();
    const sent = JSON.parse(JSON.stringify(signed, null, 2));
    const other: unknown = Object.fromEntries(Object.entries(sent).reverse());
    expect(await verifyCoverage(sent, publicKey)).toBe(true);
    expect(await verifyCoverage(other, publicKey)).toBe(true);
    const stranger = await testKeyring();
    expect(await verifyCoverage(sent, await stranger.audit.publicKey())).toBe(false);
    await stranger.close();
    sent.coverage.fields[0].cells = 0;
    expect(await verifyCoverage(sent, publicKey)).toBe(false);
    for (const none of [undefined, null, 1, {}, { coverage: {}, evidence: {} }])
      expect(await verifyCoverage(none, publicKey)).toBe(false);
    const { keyring } = made;
    const note = await keyring.audit.signEvidence('note', JSON.stringify(signed.coverage));
    expect(await verifyCoverage({ ...signed, evidence: note }, publicKey)).toBe(false);
  });
});

describe.concurrent('a sample', () => {
  test('is drawn of large tables only', () => {
    expect(sampleOf(9999, 1)).toBeUndefined();
    expect(sampleOf(1_000_000, 7)).toEqual({ percent: 0.5, seed: 7 });
  });

  test('that met nothing bounds what it may have missed', () => {
    const met = { sum: 0, squares: 0, most: 20 };
    expect(estimateOf({ percent: 1, seed: 1 }, met)).toEqual({ rows: 0, margin: 7380 });
  });

  test('has the true numbers within its bounds in at least 95 of 100 drawings', async () => {
    const made = await people({ rows: 4 });
    await encryptExisting(made.job);
    // many pages of one key, few of the other, and a handful of plaintext in one place
    await made.sql.query(`
      CREATE TABLE cells AS SELECT pan, tenant_id FROM people;
      ALTER TABLE people DROP CONSTRAINT people_pan_key, DROP CONSTRAINT people_pan_token_key;
      INSERT INTO people (id, tenant_id, pan) SELECT gen_random_uuid(), c.tenant_id,
        CASE WHEN n BETWEEN 3000 AND 3030 THEN 'plain' ELSE c.pan END
        FROM generate_series(1, 8000) AS n
        CROSS JOIN LATERAL (SELECT * FROM cells
          WHERE tenant_id = CASE WHEN n % 1000 < 20 THEN 't1' ELSE 't0' END LIMIT 1) AS c`);
    const session = await openSession(made.url);
    const [covered] = await coveredFields(session, made.manifest);
    const truth = await countField(session, covered!);
    let inside = 0;
    for (let seed = 0; seed < 100; seed++) {
      const drawn = await countField(session, covered!, { percent: 20, seed });
      const isInside = (id: string): boolean => {
        const real = truth.cells.get(id)!.rows;
        const { rows, margin } = drawn.cells.get(id) ?? { rows: 0, margin: drawn.unseen };
        return Math.abs(real - rows) <= margin;
      };
      const { rows, margin } = drawn.plaintext;
      const isPlainInside = Math.abs(truth.plaintext.rows - rows) <= margin;
      if ([...truth.cells.keys()].every(isInside) && isPlainInside) inside += 1;
    }
    await session.close();
    expect(truth.plaintext.rows).toBe(31);
    expect(inside).toBeGreaterThanOrEqual(95);
  });
});

describe.concurrent('countCells', () => {
  test('keeps a key with cells from being deleted, until they are gone', async () => {
    const made = await people({ rows: 4 });
    await encryptExisting(made.job);
    const count = countCells({ database: made.url, manifest: made.manifest });
    const describeKeys = made.keyring.describeDataKeys;
    const { keyId } = made.keyring.listKeys().find(({ aliases }) => aliases.length > 0)!;
    expect(await count(keyId, describeKeys)).toBe(4n);
    expect(await count('00000000-0000-4000-8000-000000000000', describeKeys)).toBe(0n);
    await made.sql.query('UPDATE people SET pan = NULL');
    expect(await count(keyId, describeKeys)).toBe(0n);
  });

  test('cannot say while a cell names a data key that the store does not have', async () => {
    const made = await people({ rows: 2 });
    const bytes = Buffer.concat([Buffer.from('f50100', 'hex'), randomBytes(64)]);
    const text = `fs1.${bytes.toString('base64url')}`;
    await made.sql.query(`UPDATE people SET pan = $1 WHERE tenant_id = 't0'`, [text]);
    const count = countCells({ database: made.url, manifest: made.manifest });
    expect(await count('x', made.keyring.describeDataKeys)).toBeUndefined();
  });

  test('cannot say on a standby, which may be behind', async () => {
    const made = await people({ rows: 4 });
    await encryptExisting(made.job);
    const { keyId } = made.keyring.listKeys().find(({ aliases }) => aliases.length > 0)!;
    // the server says that it is one to whoever looks into this schema first
    await made.sql.query(`CREATE SCHEMA standby;
      CREATE FUNCTION standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql RETURN true`);
    const options = '-c search_path=standby,public,pg_catalog';
    const ask = (more: object) =>
      countCells({ database: { connectionString: made.url, ...more }, manifest: made.manifest })(
        keyId,
        made.keyring.describeDataKeys,
      );
    expect(await ask({ options })).toBeUndefined();
    expect(await ask({})).toBe(4n);
  });

  test('counts under one version when it is asked for that', async () => {
    const made = await people({ rows: 4 });
    await encryptExisting(made.job);
    const count = countCells({ database: made.url, manifest: made.manifest });
    const { keyId } = made.keyring.listKeys().find(({ aliases }) => aliases.length > 0)!;
    const counts = () =>
      Promise.all([1, 2].map((n) => count(keyId, made.keyring.describeDataKeys, n)));
    expect(await counts()).toEqual([4n, 0n]);
    await made.keyring.rotateKey(keyId);
    await reEncrypt(made.job);
    expect(await counts()).toEqual([0n, 4n]);
  });

  test('waits for what is being written, and cannot say when that takes too long', async () => {
    const made = await people({ rows: 4 });
    await encryptExisting(made.job);
    const { url, manifest, sql } = made;
    const { keyId } = made.keyring.listKeys().find(({ aliases }) => aliases.length > 0)!;
    const ask = (writersTimeoutMs: number) =>
      countCells({ database: url, manifest, writersTimeoutMs })(
        keyId,
        made.keyring.describeDataKeys,
      );
    const writer = await sql.connect();
    try {
      // a cell that was there is put back by a transaction that is open when the count begins
      await writer.query('CREATE TABLE kept AS SELECT id, pan FROM people');
      await writer.query('UPDATE people SET pan = NULL');
      await writer.query('BEGIN');
      await writer.query('UPDATE people SET pan = kept.pan FROM kept WHERE kept.id = people.id');
      expect(await ask(200)).toBeUndefined();
      const asked = ask(60_000);
      await setTimeout(300);
      await writer.query('COMMIT');
      expect(await asked).toBe(4n);
    } finally {
      // whoever counts on this server would wait for what it has open
      writer.release(true);
    }
    expect(() => countCells({ database: url, manifest, writersTimeoutMs: -1 })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    );
  });

  test('is asked by the keyring that it is given to', async () => {
    const made = await people({ rows: 3 });
    const { url, manifest } = made;
    const keyring = await testKeyring({ countCells: countCells({ database: url, manifest }) });
    await encryptExisting({ ...made.job, keyring });
    const { keyId } = keyring.listKeys().find(({ aliases }) => aliases.includes('alias/kyc'))!;
    const schedule = () => keyring.kms.scheduleKeyDeletion({ KeyId: keyId });
    await expect(schedule()).rejects.toMatchObject({ code: 'ERR_KEY_IN_USE' });
    await made.sql.query('UPDATE people SET pan = NULL');
    const other = await keyring.kms.createKey();
    const free = { KeyId: other.KeyMetadata.KeyId };
    expect(await keyring.kms.scheduleKeyDeletion(free)).toMatchObject({
      KeyState: 'PendingDeletion',
    });
    await keyring.close();
  });
});

describe('the index by data key', () => {
  test('answers which rows are under a data key, and serves the count', async () => {
    const made = await people({ rows: 0 });
    const { sql, manifest } = made;
    const [model] = manifest.models;
    const [field] = model!.fields;
    await sql.query(dataKeyIndexSql(model!, field!));
    await sql.query(
      `ALTER TABLE people DROP CONSTRAINT people_pan_key;
       INSERT INTO people (id, tenant_id, pan) SELECT gen_random_uuid(), 't',
         'fs1.' || translate(encode(decode('f50100', 'hex') || decode(md5((n % 500)::text), 'hex') || decode(repeat('00', 50), 'hex'), 'base64'), E'+/\n=', '-_')
         FROM generate_series(1, 20000) AS n`,
    );
    await sql.query('ANALYZE people');
    const planOf = async (statement: string): Promise<string> =>
      (await sql.query(`EXPLAIN ${statement}`)).rows.map((row) => row['QUERY PLAN']).join('\n');
    const expression = dataKeySql(field!);
    const one = `decode(md5('7'), 'hex')`;
    const { rows } = await sql.query(`SELECT count(*) FROM people WHERE (${expression}) = ${one}`);
    expect(rows).toEqual([{ count: '40' }]);
    expect(await planOf(`SELECT count(*) FROM people WHERE (${expression}) = ${one}`)).toContain(
      'fieldseal_key_people_pan',
    );
    const session = await openSession(made.url);
    const [covered] = await coveredFields(session, manifest);
    await session.close();
    const expand = { database: made.url, keyring: made.keyring, manifest, step: 'expand' } as const;
    const wanted = { ...expand, field: 'Person.pan', dataKeyIndex: true };
    expect(await planMigration(wanted)).toEqual([]);
    await sql.query('DROP INDEX fieldseal_key_people_pan');
    const [part, ...others] = await planMigration(wanted);
    expect(others).toEqual([]);
    expect(part).toMatchObject({ name: 'index_people_pan_key', inTransaction: false });
    for (const statement of [...part!.up, ...part!.down, ...part!.up]) await sql.query(statement);
    await sql.query('ANALYZE people');
    // its statistics tell the planner how many data keys there are
    expect(await planOf(countSql(covered!))).toMatch(/Aggregate/);
    const { rows: stats } = await sql.query(
      `SELECT n_distinct FROM pg_stats WHERE tablename = 'fieldseal_key_people_pan'`,
    );
    expect(stats).toEqual([{ n_distinct: expect.any(Number) }]);
  });
});
