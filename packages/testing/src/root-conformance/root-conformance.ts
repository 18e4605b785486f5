import { deviceCases } from './device-cases.ts';
import type { RootCase, RootUnderTest } from './root-under-test.ts';
import { sealingCases } from './sealing-cases.ts';

/**
 * What every root has to do, as cases for any test runner: round trip, wrong context, altered bytes,
 * another device, device gone, slow device, concurrent use, no secret in errors. Run it against a
 * driver of your own before you trust it with a root key.
 *
 * @example
 * ```ts
 * import { memoryRoot, rootConformance } from '@fieldseal/testing';
 *
 * const cases = rootConformance({ root: memoryRoot(), otherDevice: memoryRoot() });
 * // test.each(cases)('$name', ({ run }) => run());
 * ```
 */
export function rootConformance(subject: RootUnderTest): readonly RootCase[] {
  return [...sealingCases(subject), ...deviceCases(subject)];
}
