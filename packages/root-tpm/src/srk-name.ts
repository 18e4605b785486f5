import { invalidOption } from './invalid-option.ts';

const NAME = /^000b[0-9a-f]{64}$/;

/** The bytes of a name as `readTpmSrk` gives it. @throws `ERR_CONFIG_INVALID` */
export function srkNameBytes(name: string): Buffer {
  if (typeof name === 'string' && NAME.test(name)) return Buffer.from(name, 'hex');
  throw invalidOption(
    'srkName',
    'The name of a storage root key is 68 hexadecimal digits, 000b first',
  );
}
