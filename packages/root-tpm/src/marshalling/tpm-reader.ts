import { FieldsealError } from '@fieldseal/core';

/** Reads what a TPM wrote, from its beginning. Every method fails where the bytes end too early. */
export interface TpmReader {
  u8(): number;
  u16(): number;
  u32(): number;
  take(length: number): Buffer;
  /** Two bytes of length, then the bytes. */
  sized(): Buffer;
  rest(): Buffer;
  /** Fails unless everything was read. */
  end(): void;
}

function malformed(): FieldsealError {
  const message = 'The TPM sent bytes that are no answer';
  return new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'MALFORMED' });
}

/** What is read is a copy of the bytes. */
export function createTpmReader(bytes: Uint8Array): TpmReader {
  const source = Buffer.from(bytes);
  let at = 0;

  function take(length: number): Buffer {
    if (at + length > source.length) throw malformed();
    at += length;
    return source.subarray(at - length, at);
  }

  const u16 = (): number => take(2).readUInt16BE();
  return {
    u8: () => take(1).readUInt8(),
    u16,
    u32: () => take(4).readUInt32BE(),
    take,
    sized: () => take(u16()),
    rest: () => take(source.length - at),
    end() {
      if (at !== source.length) throw malformed();
    },
  };
}
