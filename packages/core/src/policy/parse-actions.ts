import { parseTexts } from './parse-element.ts';
import type { Json } from './parse-json.ts';
import { POLICY_ACTION_NAMES } from './policy-action.ts';
import { policyMalformed } from './policy-malformed.ts';
import { compileWildcard } from './wildcard.ts';

const PREFIX = /^(?:fieldseal|kms):(.*)$/;

/** Actions of AWS KMS that this service does not have; a document may bring them along. */
const AWS_ONLY: ReadonlySet<string> = new Set([
  'connectcustomkeystore',
  'createcustomkeystore',
  'deletecustomkeystore',
  'derivesharedsecret',
  'describecustomkeystores',
  'disconnectcustomkeystore',
  'generatedatakeypair',
  'generatedatakeypairwithoutplaintext',
  'getpublickey',
  'replicatekey',
  'sign',
  'synchronizemultiregionkey',
  'updatecustomkeystore',
  'updateprimaryregion',
  'verify',
]);

const LOWER_NAMES = POLICY_ACTION_NAMES.map((name) => name.toLowerCase());

function numbersOf(text: string, path: string): readonly number[] {
  const lower = text.toLowerCase();
  const pattern = lower === '*' ? '*' : PREFIX.exec(lower)?.[1];
  if (pattern === undefined) {
    throw policyMalformed(path, 'must be "*" or start with "fieldseal:" or "kms:"');
  }
  const { matches } = compileWildcard(pattern);
  const numbers = LOWER_NAMES.flatMap((name, number) => (matches(name) ? [number] : []));
  if (numbers.length > 0) return numbers;
  if (pattern === 'reencrypt') {
    throw policyMalformed(path, 'is two actions: ReEncryptFrom and ReEncryptTo');
  }
  const known = AWS_ONLY.has(pattern);
  throw policyMalformed(
    path,
    known ? 'is an action of AWS KMS that this service does not have' : 'is no action',
  );
}

/**
 * Positions of the actions in the table. A name that is none is refused: it would allow, or deny,
 * nothing without a word.
 *
 * @throws `ERR_POLICY_MALFORMED`
 */
export function parseActions(
  json: Json,
  path: string,
  wildcards: 'accept' | 'refuse',
): ReadonlySet<number> {
  const found = new Set<number>();
  for (const { text, path: place } of parseTexts(json, path)) {
    if (wildcards !== 'accept' && /[*?]/.test(text)) {
      throw policyMalformed(place, 'has a wildcard, which would also allow actions to come');
    }
    for (const number of numbersOf(text, place)) found.add(number);
  }
  return found;
}
