import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { migrationFiles, planMigration } from '@fieldseal/jobs';
import { testKeyring } from '@fieldseal/testing';
import { fieldseal, fieldsealOf } from '@fieldseal/typeorm';
import { DataSource, type EntityTarget, type MigrationInterface } from 'typeorm';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { startPostgres } from '../support/postgres.ts';
import { PlainRecord } from './before-entity.ts';
import { catalogueOf } from './catalogue.ts';
import { MovingRecord, SealedRecord } from './entities.ts';
import { NAMES } from './records.ts';

type MigrationClass = new () => MigrationInterface;

/** What TypeORM itself would change in the database to make it that of the entities. */
async function differences(dataSource: DataSource): Promise<readonly string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

test('TypeORM runs the migrations, finds nothing to change, and takes them back', async () => {
  const url = await (await startPostgres()).createDatabase();
  const keyring = await testKeyring();
  const folder = temporaryFolder('typeorm-migrations');
  const open = async (entity: EntityTarget<object>, migrations: MigrationClass[] = []) => {
    const entities = [entity as MigrationClass];
    const options = { type: 'postgres', url, entities, migrations } as const;
    const dataSource = new DataSource({ ...options, migrationsTransactionMode: 'each' });
    const isSealed = entity !== PlainRecord;
    return (isSealed ? fieldseal(dataSource, { keyring }) : dataSource).initialize();
  };
  /** Writes the files of one step for all fields, and reads them as TypeORM's command does. */
  const generate = async (step: 'expand' | 'contract', manifest: unknown) => {
    const path = join(folder.path, step);
    mkdirSync(path);
    for (const [i, name] of NAMES.entries()) {
      const options = { database: url, keyring, manifest: manifest as never };
      const parts = await planMigration({ ...options, field: `MovingRecord.${name}`, step });
      const now = new Date(Date.UTC(2026, 0, step === 'expand' ? 1 : 2, 0, i));
      for (const file of migrationFiles(parts, { for: 'typeorm', now }))
        writeFileSync(join(path, file.path), file.text);
    }
    const modules = readdirSync(path).map((file) => import(pathToFileURL(join(path, file)).href));
    return (await Promise.all(modules)).flatMap((each) => Object.values(each)) as MigrationClass[];
  };
  try {
    const before = await open(PlainRecord);
    await before.synchronize();
    await before.destroy();
    const asItWas = await catalogueOf(url, 'records');

    const plan = await open(MovingRecord);
    const { manifest } = fieldsealOf(plan);
    await plan.destroy();
    const expand = await generate('expand', manifest);
    const moving = await open(MovingRecord, expand);
    await moving.runMigrations();
    expect(await differences(moving)).toEqual([]);
    await fieldsealOf(moving).ready();
    for (const _ of expand) await moving.undoLastMigration();
    expect(await catalogueOf(url, 'records')).toEqual(asItWas);
    await moving.runMigrations();

    const row = { tenantId: 't1', label: 'a', visits: 1, active: true, balance: 5n };
    for (const phase of ['migrating', 'sealed'] as const) {
      for (const { id } of manifest.models[0]!.fields) await keyring.setPhase(id, phase);
    }
    await moving.getRepository(MovingRecord).save(row);
    // the way back would lose a cell, so it fails
    const columns = expand.findIndex(({ name }) => name.startsWith('ExpandRecordsBalanceCell'));
    const runner = moving.createQueryRunner();
    await runner.startTransaction();
    await expect(new expand[columns]!().down(runner)).rejects.toMatchObject({
      driverError: { code: '23514' },
    });
    await runner.rollbackTransaction();
    await runner.release();
    const contract = await generate('contract', manifest);
    await moving.destroy();

    const after = await open(SealedRecord, [...expand, ...contract]);
    await after.runMigrations();
    expect(await differences(after)).toEqual([]);
    expect(await after.getRepository(SealedRecord).findOneByOrFail({ visits: 1 })).toMatchObject(
      row,
    );
    for (const _ of contract) await after.undoLastMigration();
    await after.destroy();
    const again = await open(MovingRecord);
    expect(await differences(again)).toEqual([]);
    expect(await again.getRepository(MovingRecord).findOneByOrFail({ visits: 1 })).toMatchObject(
      row,
    );
    await again.destroy();
  } finally {
    folder.remove();
    await keyring.close();
  }
}, 120_000);
