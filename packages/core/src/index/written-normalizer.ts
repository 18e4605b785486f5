import { NORMALIZER_NAMES } from './normalizer.ts';

const BUILT_IN: readonly string[] = NORMALIZER_NAMES.map((name) => name.replace(/@1$/, ''));

/**
 * The id of the normaliser that an annotation names. `digits` means `digits@1` for ever: the version
 * is in the tokens, so it never changes by itself.
 *
 * @param written - Names joined by `+`, those of the application with their version; `undefined`
 * for none.
 *
 * @example
 * ```ts
 * import { normalizerId } from '@fieldseal/core';
 *
 * normalizerId('trim+plate@2'); // "trim@1+plate@2"
 * normalizerId(undefined); // "raw@1"
 * ```
 */
export function normalizerId(written: string | undefined): string {
  if (written === undefined) return 'raw@1';
  return written
    .split('+')
    .map((name) => (name.includes('@') ? name : `${name}@1`))
    .join('+');
}

/**
 * Why an annotation cannot name this normaliser. A name without version is one of ours; the
 * application's own are known at run time only.
 *
 * @returns `undefined` when it can.
 *
 * @example
 * ```ts
 * import { whyNoNormalizer } from '@fieldseal/core';
 *
 * whyNoNormalizer('digits'); // undefined
 * whyNoNormalizer('digit'); // 'there is no normaliser "digit"; there are raw, trim, ...'
 * ```
 */
export function whyNoNormalizer(written: string): string | undefined {
  const unknown = written
    .split('+')
    .find((name) => !name.includes('@') && !BUILT_IN.includes(name));
  if (unknown === undefined) return undefined;
  const own = 'one of your own is written with its version, such as plate@1';
  return `there is no normaliser "${unknown}"; there are ${BUILT_IN.join(', ')}, and ${own}`;
}
