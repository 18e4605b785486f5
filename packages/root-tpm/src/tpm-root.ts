import { hostname } from 'node:os';
import { FieldsealError, type Root } from '@fieldseal/core';
import { invalidOption } from './invalid-option.ts';
import { type PinSource, readPin } from './policy/read-pin.ts';
import { readSignedPolicies } from './policy/signed-pcr-policy.ts';
import { preparedPolicy, type TpmPolicy } from './policy/tpm-policy.ts';
import { openSlot } from './slot/open-slot.ts';
import { createRefusedPins } from './slot/refused-pins.ts';
import { sealSlot } from './slot/seal-slot.ts';
import { rootKeyOf, slotPayload } from './slot/slot-payload.ts';
import { decodeSlot, encodeSlot } from './slot/slot-record.ts';
import { withSrk } from './slot/with-srk.ts';
import { srkNameBytes } from './srk-name.ts';
import {
  CONNECTION_OPTIONS,
  checkOptionNames,
  type TpmConnectionOptions,
  tpmConnection,
} from './tpm-connection.ts';

export interface TpmRootOptions extends TpmConnectionOptions {
  /**
   * What new slots ask for besides the TPM.
   * @defaultValue `{ kind: 'none' }`: the mechanism of the slot says so, `tpm2-policy-none`
   */
  readonly policy?: TpmPolicy;
  /**
   * New slots ask for a PIN, and slots with one open. It is asked for at each sealing and opening, and
   * never tried twice once it was wrong. 1 to 32 bytes.
   */
  readonly pin?: PinSource;
  /**
   * Name of the storage root key, as `readTpmSrk` gives it. Without it the TPM is believed when a slot
   * is *sealed*: somebody on the bus between processor and chip could be it.
   */
  readonly srkName?: string;
  /**
   * Names what the TPM is lost with: roots of one name count as one. 1 to 128 characters.
   * @defaultValue `tpm:` and the name of this machine
   */
  readonly failureDomain?: string;
}

const MAX_DOMAIN = 128;
const OPTIONS = [...CONNECTION_OPTIONS, 'policy', 'pin', 'srkName', 'failureDomain'];

function warnOfPcrs(): void {
  process.emitWarning(
    'Slots sealed to literal values of registers do not open after an update of what is measured; a signed policy lets them',
    { code: 'FIELDSEAL_TPM_LITERAL_PCRS' },
  );
}

/**
 * The TPM 2.0 of this machine as a root. The root key is sealed in it, and given only to this machine;
 * what else is asked is up to the policy.
 *
 * @throws `ERR_CONFIG_INVALID`. Its methods: also `ERR_ROOT_UNAVAILABLE` when the TPM does not answer,
 * `ERR_ROOT_REFUSED` when it refuses: PIN, lock-out, registers.
 *
 * @example
 * ```ts
 * import { tpmRoot } from '@fieldseal/root-tpm';
 *
 * const root = tpmRoot();
 * // with a PIN: tpmRoot({ pin: () => readFile('/run/credentials/pin') })
 * ```
 */
export function tpmRoot(options: TpmRootOptions = {}): Root {
  checkOptionNames(options, OPTIONS);
  const { policy: given = { kind: 'none' }, pin } = options;
  const connection = tpmConnection(options);
  const policy = preparedPolicy(given);
  const pinned = options.srkName === undefined ? undefined : srkNameBytes(options.srkName);
  if (pin !== undefined && typeof pin !== 'function') {
    throw invalidOption('pin', 'The PIN comes from a function');
  }
  const { failureDomain = `tpm:${hostname()}`.slice(0, MAX_DOMAIN) } = options;
  const isDomain = typeof failureDomain === 'string' && failureDomain !== '';
  if (!isDomain || failureDomain.length > MAX_DOMAIN) {
    throw invalidOption('failureDomain', `A name of at most ${MAX_DOMAIN} characters is needed`);
  }
  const refusedPins = createRefusedPins();
  if (given.kind === 'pcr') warnOfPcrs();

  function neededPin(): Promise<Buffer> {
    if (pin === undefined) throw invalidOption('pin', 'The slot asks for a PIN');
    return readPin(pin);
  }

  return {
    kind: 'tpm',
    development: false,
    // a wrong PIN spends one of few attempts
    interactive: pin !== undefined,
    failureDomain,
    async seal(rootKey, context) {
      const payload = slotPayload(rootKey, context);
      const secret = pin === undefined ? undefined : await readPin(pin);
      try {
        const slot = await connection(async (client) => {
          const forSlot = await policy.forSealing(client);
          return withSrk(client, pinned, (srk) =>
            sealSlot(client, srk, { payload, policy: forSlot, pin: secret }),
          );
        });
        if (slot !== null) return encodeSlot(slot);
      } finally {
        payload.fill(0);
        secret?.fill(0);
      }
      const message = 'The TPM has not the storage root key that the configuration names';
      throw new FieldsealError('ERR_ROOT_REFUSED', message, { reason: 'SRK' });
    },
    async open(sealed, context) {
      const record = decodeSlot(sealed);
      if (record === null || (pinned !== undefined && !pinned.equals(record.parentName))) {
        return null;
      }
      // read before: where they come from may need the TPM too, and it may be another machine's slot
      const reading = readSignedPolicies(policy.signatures);
      await Promise.allSettled([reading]);
      const request = { record, pin: neededPin, refusedPins, signed: () => reading };
      const payload = await connection((client) =>
        withSrk(client, record.parentName, (srk) => openSlot(client, srk, request)),
      );
      return payload === null ? null : rootKeyOf(payload, context);
    },
  };
}
