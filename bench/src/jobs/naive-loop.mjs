import { createFieldCodec } from '@fieldseal/core';

/** Rows one by one, as generated scripts of older libraries do: find, open, seal, update. */
export async function reEncryptNaively({ pool, keyring, manifest, rows }) {
  const [{ table }] = manifest.models;
  const codec = createFieldCodec({ keyring, manifest });
  for (let id = 1; id <= rows; id++) {
    const { rows: found } = await pool.query(`SELECT id, a FROM ${table} WHERE id = $1`, [id]);
    await codec.open('Card.findUnique', [{ model: 'Card', rows: found }]);
    const target = { a: found[0].a };
    const call = codec.call('Card.update');
    call.seal({ model: 'Card', target, row: { id } });
    await call.run();
    await pool.query(`UPDATE ${table} SET a = $2 WHERE id = $1`, [id, target.a]);
  }
}
