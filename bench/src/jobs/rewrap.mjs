import { createFieldCodec } from '@fieldseal/core';

const ALIAS = 'alias/bench-rewrap';
const PAGE = 500;

/** A table of which nothing but the manifest is needed: each tenant has a data key. */
const manifest = {
  version: 1,
  adapter: 'bench',
  models: [
    {
      name: 'Note',
      table: 'notes',
      primaryKey: [{ name: 'id', column: 'id', type: 'int' }],
      scopeColumns: [{ name: 'tenantId', column: 'tenant_id' }],
      fields: [
        {
          name: 'text',
          column: 'text',
          id: 'notes.text',
          type: 'string',
          storage: 'text',
          nullable: false,
          bind: 'field',
          key: ALIAS,
          scope: 'tenantId',
          indexes: [],
        },
      ],
    },
  ],
};

async function makeDataKeys(keyring, count) {
  const codec = createFieldCodec({ keyring, manifest });
  for (let from = 0; from < count; from += PAGE) {
    const call = codec.call('Note.createMany');
    for (let n = from; n < Math.min(count, from + PAGE); n++) {
      const tenantId = `tenant-${n}`;
      const scope = { tenant: tenantId };
      call.seal({ model: 'Note', target: { text: 'x' }, row: { id: n, tenantId }, scope });
    }
    await call.run();
  }
}

/** Stored data keys to the newest version of their key, by the pages that the job takes. */
export async function benchRewrap({ add, keyring, keys }) {
  const { keyId } = await keyring.createKey();
  await keyring.createAlias(ALIAS, keyId);
  await makeDataKeys(keyring, keys);
  await keyring.rotateKey(ALIAS);
  const startedAt = performance.now();
  let after = null;
  let done = 0;
  do {
    const place = after === null ? {} : { after };
    const page = await keyring.rewrapDataKeys({ keyId, limit: PAGE, ...place });
    done += page.rewrapped;
    after = page.next;
  } while (after !== null);
  const ms = performance.now() - startedAt;
  if (done !== keys) throw new Error(`${done} of ${keys} keys were rewrapped`);
  const us = (ms * 1000) / keys;
  add({
    bench: 'rewrap-data-key-us',
    ratio: us,
    measured: `rewrap of ${keys} data keys, for each`,
    against: '1 us',
    us,
    note: `${(ms / 1000).toFixed(1)} s for all`,
  });
}
