import type { ReachedUse } from '../reach.ts';

const USES: ReadonlyMap<string, readonly ReachedUse[]> = new Map<string, readonly ReachedUse[]>([
  ['encrypt', ['seal']],
  ['generateDataKey', ['seal']],
  ['generateDataKeyWithoutPlaintext', ['seal']],
  ['generateMac', ['seal']],
  ['decrypt', ['open']],
  ['verifyMac', ['open']],
  ['reEncrypt', ['open', 'seal']],
]);

/** What an operation uses material for; nothing for those that read or change the store itself. */
export function usesOfOperation(name: string): readonly ReachedUse[] {
  return USES.get(name) ?? [];
}
