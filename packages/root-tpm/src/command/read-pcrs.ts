import { pcrSelection } from '../marshalling/pcr-selection.ts';
import { COMMAND, DIGEST_BYTES } from '../marshalling/tpm-constants.ts';
import { tpmUnavailable } from '../transport/tpm-transport.ts';
import type { TpmClient } from './create-tpm-client.ts';

/**
 * The values of registers of the SHA-256 bank, lowest register first. A TPM gives at most eight at once.
 * @throws `ERR_ROOT_UNAVAILABLE` also when the TPM has no such bank
 */
export async function readPcrs(
  client: TpmClient,
  pcrs: readonly number[],
): Promise<readonly Buffer[]> {
  const values: Buffer[] = [];
  const sorted = [...pcrs].sort((a, b) => a - b);
  for (const pcr of sorted) {
    const { parameters } = await client.execute({
      code: COMMAND.PCR_READ,
      parameters: pcrSelection([pcr]),
    });
    const updateCounter = 4;
    parameters.take(updateCounter);
    const banks = parameters.u32();
    for (let bank = 0; bank < banks; bank += 1) {
      parameters.u16();
      parameters.take(parameters.u8());
    }
    const value = parameters.u32() === 1 ? parameters.sized() : undefined;
    if (value?.length !== DIGEST_BYTES) throw tpmUnavailable('NO_SHA256_BANK');
    values.push(value);
  }
  return values;
}
