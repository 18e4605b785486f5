export type { DescribedPolicy } from './policy/described-policy.ts';
export type { PolicyKey } from './policy/policy-key.ts';
export type { PinSource } from './policy/read-pin.ts';
export {
  type SignedPcrPolicies,
  type SignedPcrPolicy,
  type SignPcrPolicyOptions,
  signPcrPolicy,
} from './policy/signed-pcr-policy.ts';
export type { TpmPolicy } from './policy/tpm-policy.ts';
export { type ReadTpmPcrsOptions, readTpmPcrs, readTpmSrk, type TpmSrk } from './read-tpm.ts';
export { type SealForTpmOptions, sealForTpm } from './seal-for-tpm.ts';
export {
  exportTpmBlob,
  type ImportTpmBlobOptions,
  importTpmBlob,
  type TpmBlob,
} from './tpm-blob.ts';
export type { TpmConnectionOptions } from './tpm-connection.ts';
export { type TpmRootOptions, tpmRoot } from './tpm-root.ts';
export type { TpmDevice } from './transport/tpm-transport.ts';
