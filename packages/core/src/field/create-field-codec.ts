import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Normalizer } from '../index/normalizer.ts';
import type { PartFunction } from '../index/part-function.ts';
import { doorOf } from '../keyring/door-of.ts';
import type { Scope } from '../keyring/key-door.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { codecOverDoor } from './codec-over-door.ts';
import type { FieldCodec } from './field-codec.ts';
import type { LegacyReader } from './legacy-reader.ts';

/** What a field codec is made of; unknown options are refused. */
export interface FieldCodecOptions {
  /** From `openKeyring`. It stays the caller's, who closes it. */
  readonly keyring: Keyring;
  /** The sealed fields; checked and copied. A property `graph` of an adapter is let pass. */
  readonly manifest: Manifest;
  /**
   * Tenant and subject of calls that name none; asked once at the start of each call.
   * @defaultValue what `withScope` set
   */
  readonly ambientScope?: () => Scope;
  /** Normalisers of the application that the manifest names, by `name@version`. */
  readonly normalizers?: Readonly<Record<string, Normalizer>>;
  /** Part functions of the application that the manifest names. */
  readonly partFunctions?: Readonly<Record<string, PartFunction>>;
  /** By `Model.field`: readers of what another library left in a field of phase `migrating`. */
  readonly legacy?: Readonly<Record<string, readonly LegacyReader[]>>;
}

const OPTIONS = ['keyring', 'manifest', 'ambientScope', 'normalizers', 'partFunctions', 'legacy'];

/**
 * The sealed fields of a manifest over a keyring: what every adapter is built on, and what an
 * application without an adapter can use itself.
 *
 * @throws `ERR_MANIFEST_INVALID`; `ERR_CONFIG_INVALID` for an option that is unknown or malformed
 *
 * @example
 * ```ts
 * import { createFieldCodec } from '@fieldseal/core';
 *
 * const codec = createFieldCodec({ keyring, manifest });
 * const data = { id: '0190f1c2-0000-7000-8000-000000000001', number: '4111 1111 1111 1111' };
 * const call = codec.call('Card.create');
 * call.seal({ model: 'Card', target: data, row: { id: data.id }, scope: {} });
 * await call.run(); // data.number is a cell, data.numberToken a token
 * await codec.open('Card.findFirst', [{ model: 'Card', rows: [data] }]); // and a number again
 * ```
 */
export function createFieldCodec(options: FieldCodecOptions): FieldCodec {
  const { keyring, ...rest } = options;
  for (const option of Object.keys(options)) {
    if (OPTIONS.includes(option)) continue;
    throw new FieldsealError('ERR_CONFIG_INVALID', 'Unknown option', { option });
  }
  const { ambientScope } = rest;
  if (ambientScope !== undefined && typeof ambientScope !== 'function') {
    const place = { option: 'ambientScope' };
    throw new FieldsealError('ERR_CONFIG_INVALID', 'Must be a function', place);
  }
  return codecOverDoor({ ...rest, door: doorOf(keyring) });
}
