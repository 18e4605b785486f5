export type { PinSource } from './pin/read-pin.ts';
export { type Pkcs11Root, pkcs11Root } from './pkcs11-root.ts';
export type { Pkcs11KeyName, Pkcs11RootOptions, Pkcs11TokenName } from './pkcs11-root-options.ts';
