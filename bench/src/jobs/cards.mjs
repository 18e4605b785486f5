import { randomBytes } from 'node:crypto';
import { createFieldCodec } from '@fieldseal/core';

const PAGE = 1000;
const NAMES = ['a', 'b', 'c'];

/**
 * A table of three sealed columns, the names of which are the fields of the model `Card`.
 *
 * @param {{ table: string, alias: string, suite: 1 | 2 }} options
 */
export function cardManifest({ table, alias, suite }) {
  const field = (name) => ({
    name,
    column: name,
    id: `${table}.${name}`,
    type: 'string',
    storage: 'text',
    nullable: false,
    key: alias,
    suite,
    bind: 'row',
    indexes: [],
  });
  const primaryKey = [{ name: 'id', column: 'id', type: 'int' }];
  const model = { name: 'Card', table, primaryKey, fields: NAMES.map(field) };
  return { version: 1, adapter: 'bench', models: [model] };
}

/** Makes the table anew, with cells of numbers of 16 digits. */
export async function fillCards({ pool, keyring, manifest, rows }) {
  const [{ table }] = manifest.models;
  await pool.query(`DROP TABLE IF EXISTS ${table}`);
  const columns = NAMES.map((name) => `${name} text NOT NULL`).join(', ');
  await pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY, ${columns}, hits int)`);
  const codec = createFieldCodec({ keyring, manifest });
  await codec.register();
  for (let from = 1; from <= rows; from += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, rows - from + 1) }, (_, i) => ({
      id: from + i,
    }));
    const call = codec.call('Card.createMany');
    const targets = page.map(({ id }) => {
      const number = `4${String(id).padStart(15, '0')}`;
      const target = { a: number, b: number, c: number };
      call.seal({ model: 'Card', target, row: { id } });
      return target;
    });
    await call.run();
    await pool.query(
      `INSERT INTO ${table} SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[])`,
      [page.map(({ id }) => id), ...NAMES.map((name) => targets.map((target) => target[name]))],
    );
  }
  await pool.query(`VACUUM ANALYZE ${table}`);
}

/** The limit: the pages and statements of the job, with random text of the size of a cell, and no cryptography. */
export async function writeRandomCells({ pool, table, rows, columns }) {
  const client = await pool.connect();
  const changed = columns.map((name, i) => `${name} = n.after${i}`).join(', ');
  const same = columns.map((name, i) => `t.${name} COLLATE "C" = n.before${i}`).join(' AND ');
  const lists = columns.flatMap((_, i) => [`before${i}`, `after${i}`]);
  const parameters = lists.map((_, i) => `$${i + 2}::text[]`);
  const sql = `UPDATE ${table} t SET ${changed}
    FROM unnest($1::text[], ${parameters.join(', ')}) n(id, ${lists.join(', ')})
   WHERE t.id = n.id::int AND ${same}`;
  try {
    for (let after = 0; after < rows; after += PAGE) {
      // by the column: `id` alone would be the text that is selected, and a sort of the whole table
      const { rows: page } = await client.query(
        `SELECT id::text, ${columns.join(', ')} FROM ${table} t WHERE t.id > $1 ORDER BY t.id LIMIT $2`,
        [after, PAGE],
      );
      const values = columns.flatMap((name) => {
        const before = page.map((row) => row[name]);
        return [before, before.map(({ length }) => randomCell(length))];
      });
      await client.query(sql, [page.map(({ id }) => id), ...values]);
    }
  } finally {
    client.release();
  }
}

function randomCell(length) {
  return `fs1.${randomBytes(length).toString('base64url')}`.slice(0, length);
}
