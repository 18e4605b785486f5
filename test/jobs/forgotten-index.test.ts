import { coverage, encryptExisting, examine, verifyField } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createPeople, KEYS, peopleManifest } from './people-table.ts';

test('doctor finds an index whose annotation was removed without being dropped', async () => {
  const people = await createPeople({ phase: 'migrating', rows: 3, key: KEYS.int! });
  try {
    const { url: database, keyring, manifest } = people;
    const indexes = async (of: typeof manifest) =>
      (await examine({ database, keyring, manifest: of, development: true })).find(
        ({ check }) => check === 'indexes',
      );
    expect(await indexes(manifest)).toMatchObject({ level: 'ok' });
    const [field] = manifest.models[0]!.fields;
    const kept = field!.indexes.slice(1);
    const without = peopleManifest('migrating', KEYS.int!, { indexes: kept });
    const found = await indexes(without);
    expect(found).toMatchObject({ level: 'failed' });
    expect(JSON.stringify(found)).toContain('people.pan.equality');
    expect(JSON.stringify(found)).not.toContain('people.pan.last4');
    await keyring.setIndexState('people.pan.equality', 'building');
    expect(await indexes(without)).toMatchObject({ level: 'ok' });
  } finally {
    await people.close();
  }
});

test('so do verify and coverage, which say that they did not look at it', async () => {
  const people = await createPeople({ phase: 'migrating', rows: 3, key: KEYS.int! });
  try {
    const { url: database, keyring, manifest, job } = people;
    await encryptExisting(job);
    const [field] = manifest.models[0]!.fields;
    const without = peopleManifest('migrating', KEYS.int!, { indexes: field!.indexes.slice(1) });
    const told = async (of: typeof manifest) => {
      const report = await verifyField({ ...job, manifest: of });
      const { fields } = await coverage({ database, keyring, manifest: of });
      return [report.forgottenIndexes, fields[0]?.forgottenIndexes];
    };
    const nothing = [[], []];
    expect(await told(manifest)).toEqual(nothing);
    expect(await told(without)).toEqual([['people.pan.equality'], ['people.pan.equality']]);
    await keyring.setIndexState('people.pan.equality', 'building');
    expect(await told(without)).toEqual(nothing);
  } finally {
    await people.close();
  }
});
