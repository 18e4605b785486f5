import { parseTexts } from './parse-element.ts';
import type { Json } from './parse-json.ts';
import { policyMalformed } from './policy-malformed.ts';
import { refuseVariables } from './policy-variable.ts';
import { compileWildcard, type Wildcard } from './wildcard.ts';

const RESOURCE = /^(?:\*|key\/[A-Za-z0-9_*?-]{1,128}|alias\/[A-Za-z0-9/_*?-]{1,250})$/;

/** @throws `ERR_POLICY_MALFORMED` */
export function parseResources(json: Json, path: string): readonly Wildcard[] {
  return parseTexts(json, path).map(({ text, path: place }) => {
    refuseVariables(text, place);
    if (text.startsWith('arn:')) {
      throw policyMalformed(place, 'is an ARN; write "key/<id>", "alias/<name>" or "*"');
    }
    if (!RESOURCE.test(text)) {
      throw policyMalformed(place, 'must be "*", "key/<id>" or "alias/<name>"');
    }
    return compileWildcard(text);
  });
}
