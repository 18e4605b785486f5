import { FieldsealError } from '@fieldseal/core';
import { readPcrs } from './command/read-pcrs.ts';
import { checkPcrs } from './policy/check-pcrs.ts';
import { withSrk } from './slot/with-srk.ts';
import {
  CONNECTION_OPTIONS,
  checkOptionNames,
  type TpmConnectionOptions,
  tpmConnection,
} from './tpm-connection.ts';

/** The public half of a storage root key. */
export interface TpmSrk {
  /** To pin it by (`srkName`), or to compare it over another channel. */
  readonly name: string;
  /** To seal for it on another machine (`sealForTpm`): a TPMT_PUBLIC. */
  readonly publicArea: Uint8Array;
}

/**
 * The storage root key under which this machine's slots are sealed.
 *
 * @throws `ERR_CONFIG_INVALID`, `ERR_ROOT_UNAVAILABLE`, `ERR_ROOT_REFUSED`
 *
 * @example
 * ```ts
 * import { readTpmSrk } from '@fieldseal/root-tpm';
 *
 * // const { name } = await readTpmSrk();
 * ```
 */
export async function readTpmSrk(options: TpmConnectionOptions = {}): Promise<TpmSrk> {
  checkOptionNames(options, CONNECTION_OPTIONS);
  const connection = tpmConnection(options);
  const srk = await connection((client) => withSrk(client, undefined, async (found) => found));
  if (srk === null) {
    const message = 'The TPM makes no storage root key on P-256';
    throw new FieldsealError('ERR_ROOT_REFUSED', message, { reason: 'SRK' });
  }
  return { name: srk.name.toString('hex'), publicArea: new Uint8Array(srk.publicArea) };
}

export interface ReadTpmPcrsOptions extends TpmConnectionOptions {
  readonly pcrs: readonly number[];
}

/**
 * The values of registers of the SHA-256 bank, lowest register first, for `signPcrPolicy`.
 *
 * @throws `ERR_CONFIG_INVALID`, `ERR_ROOT_UNAVAILABLE`
 *
 * @example
 * ```ts
 * import { readTpmPcrs } from '@fieldseal/root-tpm';
 *
 * // const [secureBoot] = await readTpmPcrs({ pcrs: [7] });
 * ```
 */
export async function readTpmPcrs(options: ReadTpmPcrsOptions): Promise<readonly Uint8Array[]> {
  checkOptionNames(options, [...CONNECTION_OPTIONS, 'pcrs']);
  const pcrs = checkPcrs(options.pcrs);
  const values = await tpmConnection(options)((client) => readPcrs(client, pcrs));
  return values.map((value) => new Uint8Array(value));
}
