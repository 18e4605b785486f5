import { equalBytes } from '../bytes/equal.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { createStoreSecrets } from '../keys/create-store-secrets.ts';
import { deriveKey } from '../keys/derive.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { Root, SlotContext } from '../keys/root.ts';
import { createRootKey, type RootKey, rootCommitment } from '../keys/root-key.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { storeKeyContext } from '../keys/wrap-context.ts';
import type { StoreOptions } from './keyring-options.ts';
import { microseconds, type Primitives, randomBytes, randomUuid } from './primitives.ts';

const FIRST_EPOCH = 1n;
const FIRST_VERSION = 1;
const FIRST_GENERATION = 1;
const MAX_SEALED_BYTES = 16_384;

/** A slot's columns, sealed and opened once: a slot that does not open is no slot. */
async function createSlot(
  root: Root,
  rootKeyBytes: Uint8Array,
  context: SlotContext,
): Promise<Pick<ControlRow['columns'], string>> {
  // the driver gets a copy: what it does with it cannot hurt the next slot
  const { mechanism, sealed } = await root.seal(new Uint8Array(rootKeyBytes), context);
  if (sealed.length === 0 || sealed.length > MAX_SEALED_BYTES) {
    throw new FieldsealError('ERR_ROOT_UNAVAILABLE', 'A root sealed to nothing or too much', {
      reason: root.kind,
    });
  }
  const opened = await root.open({ mechanism, sealed }, context);
  const same = opened !== null && equalBytes(opened, rootKeyBytes);
  opened?.fill(0);
  if (!same) {
    throw new FieldsealError('ERR_ROOT_UNAVAILABLE', 'A root does not open what it sealed', {
      reason: root.kind,
    });
  }
  return { mechanism, sealed };
}

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
  options: StoreOptions,
  rootKeyBytes: Uint8Array,
  secrets: StoreSecrets,
): Promise<readonly ControlRow[]> {
  const { engine, random, clock } = primitives;
  const commitment = rootCommitment(engine, rootKeyBytes);
  const rows: ControlRow[] = [];
  for (const root of options.roots) {
    const id = randomUuid(random);
    const slot = await createSlot(root, rootKeyBytes, {
      slotId: id,
      environment: options.environment,
      rootGeneration: FIRST_GENERATION,
      commitment,
    });
    rows.push(
      secrets.sealRow('slot', {
        ...slot,
        id,
        kind: root.kind,
        label: null,
        root_generation: FIRST_GENERATION,
        commitment,
        created_at: microseconds(clock),
      }) as ControlRow,
    );
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
