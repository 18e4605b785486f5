import { randomUUID } from 'node:crypto';
import { type AuditReport, auditSource, type KeyStore, verifyAudit } from '@fieldseal/core';
import { fileAuditAnchor } from '@fieldseal/core/node';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { buildPackages, otherProcess } from '../store-postgres/other-process.ts';
import { freshDatabase, sql } from '../store-postgres/test-database.ts';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres } from '../support/postgres.ts';
import { ENVIRONMENT, entriesOf, manage, openTrail, secretsOf, use } from './trail-fixture.ts';

const SCRIPT = '../audit/audit-process.mjs';
const secrets = secretsOf();

describe('the audit trail on PostgreSQL', () => {
  let url: string;
  let store: KeyStore;
  let folder: ReturnType<typeof temporaryFolder>;

  beforeAll(buildPackages, 120_000);
  beforeEach(async () => {
    url = await freshDatabase();
    await migratePostgresStore(url);
    store = postgresStore(url);
    folder = temporaryFolder('audit');
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  async function verify(withAnchors = true): Promise<AuditReport> {
    const anchors = withAnchors ? await fileAuditAnchor({ folder: folder.path }).read() : [];
    const signers = [await secrets.audit.publicKey()];
    const { verifyRow } = secrets;
    return verifyAudit({
      source: auditSource(store),
      signers,
      environment: ENVIRONMENT,
      anchors,
      verifyRow,
    });
  }

  async function sample(): Promise<void> {
    const anchor = fileAuditAnchor({ folder: folder.path });
    const fixture = await openTrail({ store, processId: 'p1', detail: 'operation', anchor });
    for (let i = 0; i < 5; i++) {
      fixture.trail.record(
        use({ requestId: `r-${i}`, dataKeyId: new Uint8Array(16), keyVersion: 1 }),
      );
    }
    await manage(fixture, { details: { alias: 'alias/kyc' } });
    await fixture.trail.close();
  }

  test('is kept as it was recorded, and found sound', async () => {
    await sample();
    const report = await verify();
    expect(report).toMatchObject({ sound: true, entries: 6 + 3 });
    const entries = await entriesOf(store, 'process-p1');
    const seen = entries.map(({ columns }) => columns.request_id);
    expect(seen).toEqual([null, 'r-0', 'r-1', 'r-2', 'r-3', 'r-4']);
  });

  test('an edit of any column by the owner of the tables is found', async () => {
    await sample();
    const columns = await sql(
      url,
      `SELECT column_name AS name, data_type AS type FROM information_schema.columns
WHERE table_schema = 'fieldseal' AND table_name = 'audit_entry' AND column_name <> 'chain'`,
    );
    const changed: Readonly<Record<string, string>> = {
      bytea: `coalesce(set_byte(@, 3, get_byte(@, 3) # 1), decode(repeat('ab', 32), 'hex'))`,
      bigint: 'coalesce(@, 0) + 100',
      integer: 'coalesce(@, 0) + 1',
      boolean: 'NOT @',
      text: `coalesce(@, '') || 'x'`,
    };
    expect(columns).toHaveLength(22);
    for (const { name, type } of columns) {
      const value = changed[String(type)]!.replaceAll('@', `"${name}"`);
      const place = `WHERE chain = 'process-p1' AND sequence = 3`;
      await sql(url, `CREATE TABLE kept AS SELECT * FROM fieldseal.audit_entry ${place}`);
      await sql(url, `UPDATE fieldseal.audit_entry SET "${name}" = ${value} ${place}`);
      const report = await verify();
      expect({ name, sound: report.sound }).toEqual({ name, sound: false });
      expect(report.findings[0]).toMatchObject({ chain: 'process-p1' });
      await sql(
        url,
        `DELETE FROM fieldseal.audit_entry WHERE chain = 'process-p1' AND sequence IN (3, 103);
INSERT INTO fieldseal.audit_entry SELECT * FROM kept; DROP TABLE kept`,
      );
    }
    expect((await verify()).sound).toBe(true);
  });

  test('a deleted entry, a cut end and an emptied trail are found, without anchors as far as said', async () => {
    await sample();
    await sql(url, `DELETE FROM fieldseal.audit_entry WHERE chain = 'process-p1' AND sequence = 4`);
    expect((await verify()).findings).toContainEqual({
      kind: 'gap',
      chain: 'process-p1',
      sequence: 4n,
    });
    await sql(
      url,
      `DELETE FROM fieldseal.audit_entry WHERE chain = 'management' AND sequence > 2;
DELETE FROM fieldseal.audit_checkpoint`,
    );
    const cut = { kind: 'truncated', chain: 'management', sequence: 3n };
    expect((await verify()).findings).toContainEqual(cut);
    expect((await verify(false)).findings).not.toContainEqual(cut);
    expect((await verify(false)).truncation).toBe('cannot-be-excluded');
    await sql(url, 'DELETE FROM fieldseal.audit_entry');
    expect((await verify()).findings).toContainEqual({
      kind: 'missing-chain',
      chain: 'management',
      sequence: 1n,
    });
  });

  test('a process does not start on a management chain that was cut behind its anchor', async () => {
    await sample();
    const anchor = fileAuditAnchor({ folder: folder.path });
    await sql(url, `DELETE FROM fieldseal.audit_entry WHERE chain = 'management' AND sequence > 2`);
    const { trail } = await openTrail({ store, anchor });
    trail.record(use());
    await expect(trail.flush()).rejects.toMatchObject({
      code: 'ERR_AUDIT_BROKEN',
      meta: { reason: 'TRUNCATED' },
    });
  });

  test('no secret that came along is in tables, statements or files of the server', async () => {
    const secret = 'Asha Rao 2345 6789 0123';
    const fixture = await openTrail({ store, detail: 'operation' });
    const careless = {
      plaintext: secret,
      cause: new RangeError(secret),
      dataKeyId: Buffer.from(secret),
    };
    const errorCode = `could not open ${secret}`;
    fixture.trail.record({ ...use({ context: { person: secret }, errorCode }), ...careless });
    await fixture.trail.close();
    expect((await entriesOf(store, fixture.trail.chain))[1]?.columns.outcome).toBe('ERR_INTERNAL');
    const server = await startPostgres();
    expect(await huntPlaintext({ server, url, secrets: [secret] })).toEqual([]);
  }, 60_000);

  test('two processes have chains of their own, opened and concluded in one management chain', async () => {
    const ids = [randomUUID(), randomUUID()];
    const processes = await Promise.all(
      ids.map((id) => otherProcess(SCRIPT, [url, id, folder.path])),
    );
    const [a, b] = processes as [(typeof processes)[0], (typeof processes)[0]];
    for (let round = 0; round < 5; round++) await Promise.all([a.act('13'), b.act('8')]);
    expect(await Promise.all([a.act('close'), b.act('close')])).toEqual([65, 40]);
    const report = await verify();
    expect(report.sound).toBe(true);
    const chains = report.chains.map(({ chain, entries, concluded }) => [
      chain,
      entries,
      concluded,
    ]);
    expect(chains).toContainEqual(['management', 4, false]);
    expect(chains).toContainEqual([`process-${ids[0]}`, 66, true]);
    expect(chains).toContainEqual([`process-${ids[1]}`, 41, true]);
    // anchors of concluded chains are not needed any more
    const anchors = await fileAuditAnchor({ folder: folder.path }).read();
    expect(anchors.map(({ chain }) => chain)).toEqual(['management']);
  }, 30_000);

  test('one killed in the middle of a flush loses nothing that was flushed, and leaves a sound chain', async () => {
    const id = randomUUID();
    const process = await otherProcess(SCRIPT, [url, id, folder.path]);
    const flushed = Number(await process.act('forever'));
    await new Promise((resolve) => setTimeout(resolve, 700));
    process.child.kill('SIGKILL');
    await new Promise((resolve) => process.child.once('exit', resolve));
    const report = await verify();
    expect(report.sound).toBe(true);
    const entries = (await entriesOf(store, `process-${id}`)).slice(1);
    // whole batches, in order, without a gap
    expect(entries.length).toBeGreaterThanOrEqual(flushed);
    expect(entries.length % 7).toBe(0);
    const ids = entries.map(({ columns }) => columns.request_id);
    expect(ids).toEqual(ids.map((_, i) => `${id}-${i + 1}`));
    const chain = report.chains.find((each) => each.chain === `process-${id}`);
    expect(chain).toMatchObject({ concluded: false });
    // signed and anchored every 20 entries, so at most that much of the end is held by MACs alone
    expect(Number(chain!.lastSequence - chain!.completeUpTo)).toBeLessThan(40);
  }, 30_000);
});
