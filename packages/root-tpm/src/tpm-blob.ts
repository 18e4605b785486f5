import type { SealedRoot } from '@fieldseal/core';
import { invalidOption } from './invalid-option.ts';
import { sized } from './marshalling/tpm-bytes.ts';
import { createTpmReader } from './marshalling/tpm-reader.ts';
import { type DescribedPolicy, describedPolicy } from './policy/described-policy.ts';
import { decodeSlot, encodeSlot, isConsistent } from './slot/slot-record.ts';
import { srkNameBytes } from './srk-name.ts';
import { checkOptionNames } from './tpm-connection.ts';

/** The object of a slot in the files of tpm2-tools. */
export interface TpmBlob {
  /** Of `tpm2_load -u` and `tpm2_create -u`: a TPM2B_PUBLIC. */
  readonly publicArea: Uint8Array;
  /** Of `tpm2_load -r` and `tpm2_create -r`: a TPM2B_PRIVATE. With a seed, of `tpm2_import -i`. */
  readonly privateArea: Uint8Array;
  /** Only of a slot that was sealed for another machine: of `tpm2_import -s`. */
  readonly encryptedSeed?: Uint8Array;
  /** Of the storage root key under which it loads. */
  readonly srkName: string;
}

export interface ImportTpmBlobOptions extends TpmBlob {
  /** What the object asks for. It has to be what the object was made with. */
  readonly policy: DescribedPolicy;
  /** Whether it asks for a PIN. */
  readonly pin: boolean;
}

/**
 * The object of a slot for tpm2-tools, which unseal its 64 bytes: the root key, then a hash of what the
 * slot belongs to. For the day on which nothing else is at hand.
 *
 * @throws `ERR_CONFIG_INVALID`
 *
 * @example
 * ```ts
 * import { exportTpmBlob } from '@fieldseal/root-tpm';
 *
 * // const { publicArea, privateArea } = exportTpmBlob(slot);
 * ```
 */
export function exportTpmBlob(slot: SealedRoot): TpmBlob {
  const record = decodeSlot(slot);
  if (record === null) throw invalidOption('slot', 'These are not the bytes of a TPM slot');
  const { publicArea, privateArea, encryptedSeed, parentName } = record;
  return {
    publicArea: new Uint8Array(sized(publicArea)),
    privateArea: new Uint8Array(sized(privateArea)),
    ...(encryptedSeed === undefined ? {} : { encryptedSeed: new Uint8Array(sized(encryptedSeed)) }),
    srkName: parentName.toString('hex'),
  };
}

/** What is in a file that begins with the length of the rest; `null` when it does not. */
function content(file: Uint8Array): Buffer | null {
  const bytes = Buffer.from(file);
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== bytes.length - 2) return null;
  return createTpmReader(bytes).sized();
}

/**
 * A slot of an object that tpm2-tools have made of such 64 bytes. Its attributes have to be those of the
 * library's own: `fixedtpm|fixedparent|adminwithpolicy`, with `noda` exactly if there is no PIN.
 *
 * @throws `ERR_CONFIG_INVALID` also for an object that a password alone would open
 *
 * @example
 * ```ts
 * import { importTpmBlob } from '@fieldseal/root-tpm';
 *
 * // const slot = importTpmBlob({ publicArea, privateArea, srkName, policy: { kind: 'none' }, pin: false });
 * ```
 */
export function importTpmBlob(options: ImportTpmBlobOptions): SealedRoot {
  const names = ['publicArea', 'privateArea', 'encryptedSeed', 'srkName', 'policy', 'pin'];
  checkOptionNames(options, names);
  const publicArea = content(options.publicArea);
  const privateArea = content(options.privateArea);
  const seed = options.encryptedSeed === undefined ? undefined : content(options.encryptedSeed);
  if (publicArea === null || privateArea === null || seed === null) {
    throw invalidOption('publicArea', 'A file of tpm2-tools begins with the length of the rest');
  }
  const record = {
    policy: describedPolicy(options.policy),
    hasPin: options.pin,
    parentName: srkNameBytes(options.srkName),
    publicArea,
    privateArea,
    encryptedSeed: seed,
  };
  if (!isConsistent(record)) {
    throw invalidOption('publicArea', 'The object has other attributes, or another policy');
  }
  return encodeSlot(record);
}
