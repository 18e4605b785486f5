import { concatBytes } from '../bytes/concat.ts';
import { u32 } from '../bytes/integer.ts';
import { latin1, latin1ToBytes } from '../bytes/latin1.ts';
import { keyIdBytes } from './wrap-context.ts';

/** Names one version of a key among the tombstones: longer than the id of a key, shorter than a scope's. */
export function versionTombstoneId(keyId: string, version: number): Uint8Array {
  return concatBytes(keyIdBytes(keyId), u32(version));
}

/** Bytes of a key's id and of the number that follows it. */
const KEY_ID_BYTES = 16;
const ID_BYTES = KEY_ID_BYTES + 4;

/** Versions of a key that a tombstone names, whether or not they have rows. */
export function buriedVersions(tombstones: ReadonlySet<string>, keyId: string): readonly number[] {
  const prefix = latin1(keyIdBytes(keyId));
  const mine = [...tombstones].filter((id) => id.length === ID_BYTES && id.startsWith(prefix));
  return mine.map((id) => new DataView(latin1ToBytes(id).buffer).getUint32(KEY_ID_BYTES));
}
