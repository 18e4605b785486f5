import { equalBytes } from '../bytes/equal.ts';
import type { Engine, MacKey } from '../cipher/engine.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { createAuditKeys } from './audit-keys.ts';
import { deriveKey } from './derive.ts';
import { pinOf } from './pin.ts';
import { rowContext } from './row-mac.ts';
import { controlDigest, headContext } from './store-head.ts';
import type { StoreSecrets } from './store-secrets.ts';

const MAC_BYTES = 32;

function importMac(engine: Engine, storeKey: Uint8Array, use: string): MacKey {
  const key = deriveKey(engine, 'store-key', storeKey, { use });
  const mac = engine.mac(key);
  key.fill(0);
  return mac;
}

/**
 * Derives what a store key is good for.
 * @param storeKey - 32 bytes; not needed any more afterwards.
 */
export function createStoreSecrets(engine: Engine, storeKey: Uint8Array): StoreSecrets {
  const rows = importMac(engine, storeKey, 'row-mac');
  const head = importMac(engine, storeKey, 'head-mac');
  const audit = createAuditKeys(engine, storeKey);
  let destroyed = false;

  function macOf(key: MacKey, message: Uint8Array): Uint8Array {
    if (destroyed) throw new FieldsealError('ERR_KEYRING_CLOSED', 'The keyring is closed');
    const mac = new Uint8Array(MAC_BYTES);
    key.mac(message, mac);
    return mac;
  }

  return {
    pin: pinOf(engine, storeKey),
    audit,
    sealRow: (table, columns) => ({
      table,
      columns,
      rowMac: macOf(rows, rowContext({ table, columns })),
    }),
    verifyRow: (row) => equalBytes(macOf(rows, rowContext(row)), row.rowMac),
    sealHead(epoch, controlRows) {
      const digest = controlDigest(engine, controlRows);
      return { epoch, digest, mac: macOf(head, headContext(epoch, digest)) };
    },
    verifyHead(state) {
      const digest = controlDigest(engine, state.rows);
      const mac = macOf(head, headContext(state.head.epoch, digest));
      return equalBytes(digest, state.head.digest) && equalBytes(mac, state.head.mac);
    },
    destroy() {
      destroyed = true;
      rows.destroy();
      head.destroy();
      audit.destroy();
    },
  };
}
