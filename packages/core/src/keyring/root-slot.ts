import { equalBytes } from '../bytes/equal.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { SlotRecord } from '../keys/control-snapshot.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { Root } from '../keys/root.ts';
import { createRootKey, type RootKey, rootCommitment } from '../keys/root-key.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { type Primitives, randomUuid } from './primitives.ts';

const MAX_SEALED_BYTES = 16_384;

/**
 * The row of a slot, sealed and opened once: a slot that does not open is no slot.
 * @throws `ERR_ROOT_UNAVAILABLE`
 */
export async function createSlot(
  { engine, random }: Pick<Primitives, 'engine' | 'random'>,
  secrets: Pick<StoreSecrets, 'sealRow'>,
  slot: {
    readonly root: Root;
    /** 32 bytes. */
    readonly rootKey: Uint8Array;
    readonly environment: string;
    readonly rootGeneration: number;
    readonly label: string | null;
    /** Asked once the device is done with it; microseconds since 1970. */
    readonly now: () => Promise<bigint>;
  },
): Promise<ControlRow> {
  const { root, rootKey, environment, rootGeneration, label, now } = slot;
  const id = randomUuid(random);
  const commitment = rootCommitment(engine, rootKey);
  const context = { slotId: id, environment, rootGeneration, commitment };
  // the driver gets a copy: what it does with it cannot hurt the next slot
  const { mechanism, sealed } = await root.seal(new Uint8Array(rootKey), context);
  const meta = { reason: root.kind };
  if (sealed.length === 0 || sealed.length > MAX_SEALED_BYTES) {
    const message = 'A root sealed to nothing or too much';
    throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, meta);
  }
  const opened = await root.open({ mechanism, sealed }, context);
  const same = opened !== null && equalBytes(opened, rootKey);
  opened?.fill(0);
  if (!same) {
    throw new FieldsealError('ERR_ROOT_UNAVAILABLE', 'A root does not open what it sealed', meta);
  }
  // it was just opened, so that is its first test
  const at = await now();
  return secrets.sealRow('slot', {
    id,
    kind: root.kind,
    mechanism,
    sealed,
    label,
    root_generation: rootGeneration,
    commitment,
    recovery: root.recovery === true,
    failure_domain: root.failureDomain ?? null,
    tested_at: at,
    created_at: at,
  });
}

/** What is done with the 32 bytes of a root key, which are wiped afterwards. */
type UseOfRootKey<T> = (rootKey: Uint8Array) => T | Promise<T>;

/** Opens a slot for as long as `use` takes; `null` when it is not this root's. */
export async function withSlot<T>(
  { engine }: Pick<Primitives, 'engine'>,
  opening: { readonly root: Root; readonly slot: SlotRecord; readonly environment: string },
  use: UseOfRootKey<T>,
): Promise<T | null> {
  const { root, slot, environment } = opening;
  const { rootGeneration, commitment, mechanism, sealed } = slot;
  const context = { slotId: slot.id, environment, rootGeneration, commitment };
  const key = await root.open({ mechanism, sealed }, context);
  if (key === null) return null;
  try {
    const fits = key.length === 32 && equalBytes(rootCommitment(engine, key), commitment);
    return fits ? await use(key) : null;
  } finally {
    key.fill(0);
  }
}

/** The root key in a slot; `null` when it is not this root's. */
export function openSlot(
  { engine }: Pick<Primitives, 'engine'>,
  root: Root,
  slot: SlotRecord,
  environment: string,
): Promise<RootKey | null> {
  return withSlot({ engine }, { root, slot, environment }, (key) =>
    createRootKey(engine, key, slot.rootGeneration),
  );
}
