import { equalBytes } from '../bytes/equal.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { integrityError } from '../keys/columns.ts';
import type { ControlSnapshot, KeyVersionRecord } from '../keys/control-snapshot.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { Root } from '../keys/root.ts';
import type { RootRing } from '../keys/root-ring.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { keyVersionContext, storeKeyContext } from '../keys/wrap-context.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { checkMembers, wholeNumber } from './kms/request.ts';
import {
  authoriseRootRotation,
  newestGeneration,
  type RootKeyRotation,
  rotationProgress,
  versionsLeft,
} from './root-rotation.ts';
import { requireLeftOut } from './slot-owners.ts';

export interface RewrapRootKeyRequest {
  /**
   * Versions of keys that are moved together: 1 to 1,000.
   * @defaultValue 100
   */
  readonly limit?: number;
  /**
   * Slots that a rotation which is under way has to leave out: `ERR_ROTATION_CONFLICT` where it gives one of them
   * a successor, or one to a root that is not of this keyring. Nothing to it when none is under way.
   */
  readonly leaveOut?: readonly string[];
}

/** Takes a rotation of the root key one step further. */
export type RewrapRootKey = (request?: RewrapRootKeyRequest) => Promise<RootKeyRotation>;

const ACTION = 'RewrapRootKey';
const LIMIT = { least: 1, most: 1000, otherwise: 100 };

export function createRewrapRootKey(options: {
  readonly parts: KmsParts;
  readonly ring: RootRing;
  readonly secrets: Pick<StoreSecrets, 'sealRow'>;
  readonly roots: readonly Root[];
}): RewrapRootKey {
  const { parts, ring, secrets, roots } = options;
  const { control, primitives, environment, rows } = parts;
  const { random } = primitives;

  /** The store key under the new root key: from then on everything new is. */
  async function chooseNewest(): Promise<void> {
    await control.change((snapshot) => {
      const { audit: facts } = authoriseRootRotation(parts, snapshot, ACTION);
      const { storeKey } = snapshot;
      const generation = newestGeneration(snapshot);
      if (generation === storeKey.rootGeneration) return null;
      const context = storeKeyContext(storeKey);
      const key = ring.unwrap(storeKey.wrapped, context);
      if (key === null) throw integrityError('The store key does not open', 'store_key');
      try {
        const wrapped = ring.at(generation).wrap(random, key, context);
        const columns = { ...storeKey.row.columns, root_generation: generation, wrapped };
        return { put: [secrets.sealRow('store_key', columns)], audit: facts({ generation }) };
      } finally {
        key.fill(0);
      }
    });
  }

  function rewrapped(snapshot: ControlSnapshot, version: KeyVersionRecord): ControlRow {
    const { row, keyId } = version;
    const { rootGeneration: root_generation } = snapshot.storeKey;
    // by its row: what only expired so far is wiped by the later of two clocks, not by a new root key
    const isWiped = row.columns.state === 'DESTROYED';
    // there is nothing left in it to wrap
    if (isWiped || version.wrapped.every((byte) => byte === 0)) {
      return secrets.sealRow('key_version', { ...row.columns, root_generation });
    }
    const key = snapshot.keys.get(keyId);
    if (key === undefined) throw new FieldsealError('ERR_INTERNAL', 'A version has no key');
    const { usage, origin } = key;
    const context = keyVersionContext({ ...version, environment, usage, origin });
    const material = ring.unwrap(version.wrapped, context);
    if (material === null) throw integrityError('A key version does not open', 'key_version');
    try {
      const { commitment } = version;
      if (!equalBytes(rows.commitment(material), commitment)) {
        throw integrityError('A key version is not the one that its row names', 'key_version');
      }
      const wrapped = ring.at(root_generation).wrap(random, material, context);
      return secrets.sealRow('key_version', { ...row.columns, root_generation, wrapped });
    } finally {
      material.fill(0);
    }
  }

  /** A page of versions, or the old slots when no version is left that needs them. */
  async function movePage(limit: number): Promise<number> {
    let count = 0;
    await control.change((snapshot) => {
      count = 0;
      const { audit: facts } = authoriseRootRotation(parts, snapshot, ACTION);
      const { rootGeneration: generation } = snapshot.storeKey;
      const page = versionsLeft(snapshot).slice(0, limit);
      if (page.length > 0) {
        count = page.length;
        const put = page.map((version) => rewrapped(snapshot, version));
        return { put, audit: facts({ generation, versions: count }) };
      }
      const old = snapshot.slots.filter(({ rootGeneration }) => rootGeneration !== generation);
      if (old.length === 0) return null;
      const ids = new Set(old.map(({ id }) => id));
      const remove = snapshot.rows.filter(
        ({ table, columns }) => table === 'slot' && ids.has(String(columns.id)),
      );
      return { put: [], remove, audit: facts({ generation, slotsRemoved: old.length }) };
    });
    return count;
  }

  return async (request = {}) => {
    checkMembers(request, ['limit', 'leaveOut']);
    const { leaveOut = [] } = request;
    const limit = wholeNumber('limit', request.limit, LIMIT);
    await control.poll();
    authoriseRootRotation(parts, control.snapshot(), ACTION);
    const before = await rotationProgress(parts, control.snapshot());
    if (before.state !== 'done' && leaveOut.length > 0) {
      await requireLeftOut({ primitives, environment, roots }, control.snapshot(), leaveOut);
    }
    if (before.state === 'done' || before.waitMs > 0) return before;
    // nothing is moved under a root key that was not opened from its slot here
    ring.at(before.generation);
    if (before.state === 'published') await chooseNewest();
    const count = await movePage(limit);
    return rotationProgress(parts, control.snapshot(), count);
  };
}
