import { randomBytes } from 'node:crypto';
import { encryptStringSync, generateKey } from '@47ng/cloak';
import { createFieldCodec, type LegacyReader } from '@fieldseal/core';
import { encryptExisting, verifyField } from '@fieldseal/jobs';
import { cloakReader, typeormEncryptedReader } from '@fieldseal/legacy';
import { EncryptionTransformer } from 'typeorm-encrypted';
import { describe, expect, test } from 'vitest';
import { createPeople, panOf } from '../jobs/people-table.ts';

interface Peer {
  readonly name: string;
  readonly reader: LegacyReader;
  encrypt(text: string): string;
}

function peers(): readonly Peer[] {
  const key = generateKey();
  const modes = ['aes-256-cbc', 'aes-256-gcm'].map((algorithm) => {
    const options = { key: randomBytes(32).toString('hex'), algorithm, ivLength: 16 };
    const transformer = new EncryptionTransformer(options);
    return {
      name: `typeorm-encrypted ${algorithm}`,
      reader: typeormEncryptedReader(options),
      encrypt: (text: string) => transformer.to(text) as unknown as string,
    };
  });
  return [
    {
      name: 'prisma-field-encryption',
      reader: cloakReader({ keys: [key] }),
      encrypt: (text) => encryptStringSync(text, key),
    },
    ...modes,
  ];
}

describe.each(peers())('a column of $name, by docs/migrating', ({ reader, encrypt }) => {
  test('is read as it is, then re-sealed, then sealed', { timeout: 60_000 }, async () => {
    const people = await createPeople({
      phase: 'migrating',
      textOf: (n) => {
        const text = panOf(n);
        return text === null ? null : encrypt(text);
      },
    });
    try {
      const { manifest, keyring, sql } = people;
      const legacy = { 'Person.pan': [reader] };
      const codec = createFieldCodec({ keyring, manifest, legacy });
      const stored = await sql.query(
        `SELECT id, tenant_id AS "tenantId", pan FROM people WHERE pan IS NOT NULL`,
      );
      const rows = stored.rows.map((row) => ({ ...row }));
      await codec.open('test', [{ model: 'Person', rows }]);
      expect(rows.map(({ pan }) => pan).sort()).toEqual(
        Array.from({ length: 50 }, (_, n) => panOf(n))
          .filter((pan) => pan !== null)
          .sort(),
      );

      // one that the old library would not have opened either
      const broken = stored.rows[0];
      const wrong = encrypt('x').slice(0, -8);
      await sql.query('UPDATE people SET pan = $1 WHERE id = $2', [`${wrong}AAAA`, broken.id]);
      const refused = await encryptExisting({ ...people.job, legacy });
      expect(refused).toMatchObject({
        state: 'refused',
        problems: [{ row: broken.id, code: 'not-of-type' }],
      });
      await sql.query('UPDATE people SET pan = $1 WHERE id = $2', [broken.pan, broken.id]);

      const report = await encryptExisting({ ...people.job, legacy });
      expect(report).toMatchObject({ state: 'done', legacy: { [reader.name]: 45 } });
      await keyring.setPhase('people.pan', 'sealed');
      expect(await verifyField(people.job)).toMatchObject({ state: 'done' });
      expect([...(await people.opened()).values()].filter((pan) => pan !== null).sort()).toEqual(
        rows.map(({ pan }) => pan).sort(),
      );
    } finally {
      await people.close();
    }
  });
});
