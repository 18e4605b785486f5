import { createStoreSecrets } from '../keys/create-store-secrets.ts';
import { deriveKey } from '../keys/derive.ts';
import type { ControlRow } from '../keys/key-store.ts';
import { createRootKey, type RootKey } from '../keys/root-key.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { storeKeyContext } from '../keys/wrap-context.ts';
import type { StoreOptions } from './keyring-options.ts';
import { microseconds, type Primitives, randomBytes } from './primitives.ts';
import { createSlot } from './root-slot.ts';

const FIRST_EPOCH = 1n;
const FIRST_VERSION = 1;
const FIRST_GENERATION = 1;

function storeKeyColumns(
  primitives: Primitives,
  options: StoreOptions,
  rootKey: RootKey,
  storeKey: Uint8Array,
): ControlRow['columns'] {
  const { engine, random, clock } = primitives;
  const commitment = deriveKey(engine, 'store-key', storeKey, { use: 'commit' });
  const id = new Uint8Array(commitment.subarray(0, 16));
  const { environment } = options;
  const context = storeKeyContext({ environment, id, version: FIRST_VERSION, commitment });
  return {
    id,
    version: FIRST_VERSION,
    environment,
    development: options.development === true,
    root_generation: FIRST_GENERATION,
    commitment,
    wrapped: rootKey.wrap(random, storeKey, context),
    created_at: microseconds(clock),
  };
}

async function slotRows(
  primitives: Primitives,
  { roots, environment }: StoreOptions,
  rootKey: Uint8Array,
  secrets: StoreSecrets,
): Promise<readonly ControlRow[]> {
  const rows: ControlRow[] = [];
  const now = async (): Promise<bigint> => microseconds(primitives.clock);
  for (const root of roots) {
    const place = { environment, rootGeneration: FIRST_GENERATION, label: null };
    const slot = { root, rootKey, ...place, now };
    rows.push(await createSlot(primitives, secrets, slot));
  }
  return rows;
}

/**
 * Makes root key, slots, store key and the first head, and writes them all at once.
 *
 * @returns the pin, or `null` with nothing written when there is a store already.
 */
export async function createStore(
  primitives: Primitives,
  options: StoreOptions,
): Promise<string | null> {
  const { engine, random } = primitives;
  const rootKeyBytes = randomBytes(random, 32);
  const storeKeyBytes = randomBytes(random, 32);
  const rootKey = createRootKey(engine, rootKeyBytes, FIRST_GENERATION);
  const secrets = createStoreSecrets(engine, storeKeyBytes);
  try {
    const columns = storeKeyColumns(primitives, options, rootKey, storeKeyBytes);
    const rows = [
      ...(await slotRows(primitives, options, rootKeyBytes, secrets)),
      secrets.sealRow('store_key', columns),
    ];
    const written = await options.store.writeControl({
      expectedEpoch: null,
      put: rows,
      remove: [],
      head: secrets.sealHead(FIRST_EPOCH, rows),
    });
    return written ? secrets.pin : null;
  } finally {
    rootKeyBytes.fill(0);
    storeKeyBytes.fill(0);
    rootKey.destroy();
    secrets.destroy();
  }
}
