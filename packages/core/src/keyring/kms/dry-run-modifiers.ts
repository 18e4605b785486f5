import { flag, invalidRequest } from './request.ts';

const IGNORE_CIPHERTEXT = 'IGNORE_CIPHERTEXT';

/** Members of what is opened, that a dry run can leave out. */
export interface WithDryRun {
  readonly DryRun?: boolean;
  /**
   * One, with `DryRun: true`: asks for rights alone, without a blob. The key has to be named then, and what
   * is in `CiphertextBlob` is not looked at.
   */
  readonly DryRunModifiers?: readonly (typeof IGNORE_CIPHERTEXT)[];
}

/** Which dry run it is, if any. @throws `ERR_REQUEST_INVALID` */
export function readDryRun({ DryRun, DryRunModifiers }: WithDryRun): {
  readonly isDryRun: boolean;
  readonly ignoresCiphertext: boolean;
} {
  const isDryRun = flag('DryRun', DryRun);
  if (DryRunModifiers === undefined) return { isDryRun, ignoresCiphertext: false };
  const isOne = Array.isArray(DryRunModifiers) && DryRunModifiers.length === 1;
  if (!isOne || DryRunModifiers[0] !== IGNORE_CIPHERTEXT) {
    throw invalidRequest('DryRunModifiers', `Must be a list of one: ${IGNORE_CIPHERTEXT}`);
  }
  // what opens something is no place for a blob that nobody looked at
  if (!isDryRun) throw invalidRequest('DryRunModifiers', 'Goes with DryRun: true only');
  return { isDryRun, ignoresCiphertext: true };
}
