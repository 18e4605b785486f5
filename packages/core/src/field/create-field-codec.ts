import { doorOf } from '../keyring/door-of.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { type CodecOverDoorOptions, codecOverDoor } from './codec-over-door.ts';
import type { FieldCodec } from './field-codec.ts';

export interface FieldCodecOptions extends Omit<CodecOverDoorOptions, 'door'> {
  readonly keyring: Keyring;
}

/**
 * The sealed fields of a manifest over a keyring: what every adapter is built on.
 * @throws `ERR_MANIFEST_INVALID`, `ERR_CONFIG_INVALID`
 */
export function createFieldCodec(options: FieldCodecOptions): FieldCodec {
  const { keyring, ...rest } = options;
  return codecOverDoor({ ...rest, door: doorOf(keyring) });
}
