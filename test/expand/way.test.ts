import {
  decryptBack,
  encryptExisting,
  fieldStatus,
  planMigration,
  verifyField,
} from '@fieldseal/jobs';
import { fieldseal } from '@fieldseal/typeorm';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf } from './catalogue.ts';
import { MovingRecord, SealedRecord } from './entities.ts';
import { expectAll, expectPlace, labelsOf, NEW } from './expect-records.ts';
import {
  createDatabase,
  FIELDS,
  type FieldName,
  NAMES,
  openRecords,
  type Records,
  ROWS,
  recordManifest,
} from './records.ts';

let records: Records;
beforeAll(async () => {
  records = await openRecords();
}, 60_000);
afterAll(() => records.close());

async function setPhases(phase: 'plain' | 'migrating' | 'sealed'): Promise<void> {
  for (const { id } of recordManifest.models[0]!.fields) await records.keyring.setPhase(id, phase);
}

const everyField = <T>(run: (name: FieldName) => Promise<T>): Promise<T[]> =>
  Promise.all(NAMES.map(run));

describe('a table of other types, phase after phase', { timeout: 240_000, shuffle: false }, () => {
  test('the migrations of expand make the table that the schema says', async () => {
    const applied = await records.migrate('expand');
    expect(applied).toContain('expand_records_dob_cell');
    expect(applied).toContain('index_records_dob_cell_records_dob_year_idx');
    const wanted = await createDatabase('schema');
    expect(await catalogueOf(records.url, 'records')).toEqual(await catalogueOf(wanted, 'records'));
    expect(await records.migrate('expand')).toEqual([]);
  });

  test('plain: everything is found although no row has a token', async () => {
    await expectAll(records, 'old');
  });

  test('migrating: old rows are plaintext, what is written is sealed', async () => {
    await setPhases('migrating');
    await expectAll(records, 'cell');
  });

  test('a process with the old schema is found by verify, and its new row is sealed', async () => {
    const { sql } = records;
    const { id } = await records.prisma.record.create({
      data: { ...(NEW as never as object), tenantId: 't1', label: 'old' } as never,
    });
    await sql.query(`UPDATE records SET dob = '2011-11-11' WHERE id = $1`, [id]);
    const report = await verifyField(records.job('dob'));
    expect(report.state).toBe('refused');
    expect(report.problems).toContainEqual({ row: id, class: 'phase', code: 'two-values' });
    expect(report.problems.filter(({ code }) => code === 'plaintext')).toHaveLength(3);
    expect(await encryptExisting({ ...records.job('dob'), dryRun: true })).toMatchObject({
      state: 'refused',
      problems: [{ row: id, code: 'two-values' }],
    });
    const read = await records.prisma.record.findUniqueOrThrow({ where: { id } });
    expect(read.dob).toEqual(NEW.dob);
    await records.prisma.record.delete({ where: { id } });
  });

  test('the job seals what is left', async () => {
    for (const report of await everyField((name) => encryptExisting(records.job(name))))
      expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    for (const row of await fieldStatus(records.options))
      expect(row).toMatchObject({ plaintext: 0, untokened: 0 });
    for (const label of ['a', 'b', 'c']) await expectPlace(records, label, 'cell');
    await expectAll(records, 'cell');
  });

  test('contract is refused before the field is sealed, and while a row has plaintext', async () => {
    const contract = () =>
      planMigration({ ...records.options, field: 'Record.dob', step: 'contract' });
    await expect(contract()).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta: { reason: 'migrating' },
    });
    await setPhases('sealed');
    const { sql } = records;
    await sql.query(`UPDATE records SET dob = '2011-11-11' WHERE label = 'd'`);
    await expect(contract()).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta: { reason: 'plaintext' },
    });
    await sql.query(`UPDATE records SET dob = NULL WHERE label = 'd'`);
    expect(await contract()).toHaveLength(3);
  });

  test('sealed: what the old column still has is never taken for NULL', async () => {
    await expectAll(records, 'cell');
    const { sql, prisma, typeorm } = records;
    await sql.query(`UPDATE records SET dob = '2011-11-11' WHERE label = 'd'`);
    const refused = { code: 'ERR_CIPHERTEXT_REJECTED' };
    await expect(prisma.record.findMany()).rejects.toMatchObject(refused);
    await expect(typeorm.getRepository(MovingRecord).find()).rejects.toMatchObject(refused);
    expect(
      labelsOf(await prisma.record.findMany({ where: { dob: null }, select: { label: true } })),
    ).toEqual([]);
    expect((await verifyField(records.job('dob'))).state).toBe('refused');
    await sql.query(`UPDATE records SET dob = NULL WHERE label = 'd'`);
  });

  test('leaving: the job puts every value back into its old column', async () => {
    for (const report of await everyField((name) => decryptBack(records.job(name))))
      expect(report).toMatchObject({ state: 'done', phase: 'leaving', problemCount: 0 });
    await expectAll(records, 'old');
    const columns = Object.values(FIELDS).map(
      (column) => `r.${column} IS DISTINCT FROM t.${column}`,
    );
    const { rows } = await records.sql.query(
      `SELECT r.label FROM records r FULL JOIN twin t USING (id) WHERE ${columns.join(' OR ')}`,
    );
    expect(rows).toEqual([]);
    await setPhases('plain');
    await expectAll(records, 'old');
  });

  test('in again, and contract makes the table that the last schema says', async () => {
    for (const report of await everyField((name) => encryptExisting(records.job(name))))
      expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    await setPhases('sealed');
    await records.migrate('contract');
    const wanted = await createDatabase('after');
    expect(await catalogueOf(records.url, 'records')).toEqual(await catalogueOf(wanted, 'records'));
    const plain = records.sql.query(`UPDATE records SET dob_cell = '1990-05-17' WHERE label = 'a'`);
    await expect(plain).rejects.toMatchObject({ code: '23514' });
    const dataSource = fieldseal(
      new DataSource({ type: 'postgres', url: records.url, entities: [SealedRecord] }),
      { keyring: records.keyring },
    );
    await dataSource.initialize();
    try {
      const found = await dataSource.getRepository(SealedRecord).find({ order: { label: 'ASC' } });
      expect(found).toHaveLength(ROWS.length);
      for (const [i, row] of ROWS.entries()) {
        const { photo, ...values } = row;
        expect(found[i]).toMatchObject(values);
        expect(found[i]!.photo && [...found[i]!.photo]).toEqual(photo && [...photo]);
      }
    } finally {
      await dataSource.destroy();
    }
  });
});
