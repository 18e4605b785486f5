import { FieldsealError } from '../errors/fieldseal-error.ts';
import { normalizeDigits } from './normalize-digits.ts';
import { normalizeEmail } from './normalize-email.ts';
import { collapseSpace, trimSpace } from './white-space.ts';

/**
 * Brings strings that mean the same into one form before a token is made. Pure and total: the same
 * text for ever, in every process. Whoever changes one gives it the next version, since tokens
 * made before are not found by it.
 */
export type Normalizer = (value: string) => string;

const UNASSIGNED = /\p{Cn}/u;
const NAME_AND_VERSION = /^[a-z][a-z0-9_-]{0,31}@[1-9]\d{0,3}$/;

/**
 * Unicode keeps normal forms and case of a character stable once it is assigned. Before that a
 * later platform could find another token for the same value.
 */
function assigned(value: string): string {
  if (!UNASSIGNED.test(value)) return value;
  const message = 'A character is not assigned in the Unicode version of this platform';
  throw new FieldsealError('ERR_VALUE_TYPE', message);
}

/**
 * Full case folding by way of upper case, which joins sharp s and ss; a sigma has one form. A
 * capital sharp s is its own upper case, so all is made lower first.
 */
function foldCase(value: string): string {
  return value.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

const nfkcFold: Normalizer = (value) =>
  foldCase(assigned(value).normalize('NFKC')).normalize('NFKC');

const nfkcUpper: Normalizer = (value) =>
  assigned(value).normalize('NFKC').toUpperCase().normalize('NFKC');

/**
 * The normalisers that come with Fieldseal, by `name@version`:
 *
 * - `raw@1`: nothing is changed
 * - `trim@1`: white space at both ends is dropped
 * - `collapse_ws@1`: each run of white space becomes one space
 * - `nfc@1`: Unicode normal form C
 * - `nfkc_cf@1`: compatibility form without letter case
 * - `name@1`: `nfkc_cf`, then `collapse_ws` and `trim`: names of people and places
 * - `upper@1`: compatibility form in upper case
 * - `pan@1`: `upper`, then A-Z and 0-9 only: permanent account numbers and the like
 * - `digits@1`: decimal digits of all scripts as 0-9, all else dropped
 * - `email@1`: trimmed, lower case, international domain in its ASCII form
 */
export const NORMALIZERS: ReadonlyMap<string, Normalizer> = new Map<string, Normalizer>([
  ['raw@1', (value) => value],
  ['trim@1', trimSpace],
  ['collapse_ws@1', collapseSpace],
  ['nfc@1', (value) => assigned(value).normalize('NFC')],
  ['nfkc_cf@1', nfkcFold],
  ['name@1', (value) => trimSpace(collapseSpace(nfkcFold(value)))],
  ['upper@1', nfkcUpper],
  ['pan@1', (value) => nfkcUpper(value).replace(/[^A-Z0-9]+/g, '')],
  ['digits@1', (value) => normalizeDigits(assigned(value))],
  ['email@1', (value) => normalizeEmail(assigned(value))],
]);

/** Names of the normalisers that come with Fieldseal, such as `digits@1`. */
export const NORMALIZER_NAMES: readonly string[] = Object.freeze([...NORMALIZERS.keys()]);

/**
 * @param names - `name@version`, or several joined by `+` and applied from left to right.
 * @param custom - Normalisers of the application, by `name@version`.
 * @returns `undefined` when one of them is not known.
 */
export function findNormalizer(
  names: string,
  custom: ReadonlyMap<string, Normalizer>,
): Normalizer | undefined {
  const steps: Normalizer[] = [];
  for (const name of names.split('+')) {
    const step = NORMALIZERS.get(name) ?? custom.get(name);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return (value) => steps.reduce((text, step) => step(text), value);
}

/**
 * Checks and guards the normalisers of an application.
 * @throws `ERR_CONFIG_INVALID`
 */
export function customNormalizers(
  given: Readonly<Record<string, Normalizer>>,
): ReadonlyMap<string, Normalizer> {
  const custom = new Map<string, Normalizer>();
  for (const [name, normalize] of Object.entries(given)) {
    const option = `normalizers["${name}"]`;
    if (!NAME_AND_VERSION.test(name) || NORMALIZERS.has(name) || typeof normalize !== 'function') {
      const message = 'Must be a function under a name@version that does not come with Fieldseal';
      throw new FieldsealError('ERR_CONFIG_INVALID', message, { option });
    }
    custom.set(name, guarded(name, normalize));
  }
  return custom;
}

/** What the application's code throws may quote the value. */
function guarded(name: string, normalize: Normalizer): Normalizer {
  return (value) => {
    let text: unknown;
    try {
      text = normalize(value);
    } catch {
      // reported below, without the message
    }
    if (typeof text === 'string') return text;
    throw new FieldsealError('ERR_VALUE_TYPE', `The normaliser ${name} did not take the value`);
  };
}
