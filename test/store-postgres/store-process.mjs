/**
 * Another process that uses the store: `node store-process.mjs <action> <url> <seed>`. It says
 * `ready` when it has connected, acts at the first line that it reads, and answers with one line of
 * JSON. Plain JavaScript on the built packages, so that it starts on every Node that they support.
 */
import { once } from 'node:events';
import { postgresStore } from '@fieldseal/store-postgres';

const [action, url, seedText] = process.argv.slice(2);
const seed = Number(seedText);
const bytes = (length, from) => Uint8Array.from({ length }, (_, i) => (from * 31 + i * 7) & 0xff);
const KEY_ID = '6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69';
const store = postgresStore(url);

const head = (epoch) => ({ epoch, digest: bytes(32, seed), mac: bytes(32, seed + 1) });
const alias = (name) => ({
  table: 'alias',
  columns: { name, key_id: KEY_ID, created_at: 1n, updated_at: 1n },
  rowMac: bytes(32, seed),
});
const storeKey = {
  table: 'store_key',
  columns: {
    id: bytes(16, seed),
    version: 1,
    environment: 'test',
    development: true,
    root_generation: 1,
    commitment: bytes(32, seed),
    wrapped: bytes(94, seed),
    created_at: 1n,
  },
  rowMac: bytes(32, seed + 2),
};
const dataKey = {
  table: 'data_key',
  columns: {
    id: bytes(16, seed),
    key_id: KEY_ID,
    key_version: 1,
    tenant: null,
    subject: null,
    scope: Uint8Array.of(0, 0),
    state: 'ACTIVE',
    wrapped: bytes(94, seed),
    created_at: 1n,
  },
  rowMac: bytes(32, seed + 3),
};

const actions = {
  initialise: () =>
    store.writeControl({
      expectedEpoch: null,
      put: [storeKey, alias(`alias/process-${seed}`)],
      remove: [],
      head: head(1n),
    }),
  /** Makes alias 0 to 499 in one change. */
  change: () =>
    store.writeControl({
      expectedEpoch: 1n,
      put: Array.from({ length: 500 }, (_, i) => alias(`alias/half-${i}`)),
      remove: [],
      head: head(2n),
    }),
  insert: async () => {
    const [winner] = await store.insertKeys([{ row: dataKey }]);
    return Buffer.from(winner.rowMac).toString('hex');
  },
};

await store.readEpoch();
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
const answer = await actions[action]();
await store.close();
process.stdout.write(`${JSON.stringify(answer)}\n`);
