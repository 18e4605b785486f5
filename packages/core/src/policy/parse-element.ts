import type { Json } from './parse-json.ts';
import { inside, policyMalformed } from './policy-malformed.ts';

/** Texts of an element that is one string or a list of them, with the path of each. */
export function parseTexts(
  json: Json,
  path: string,
): readonly { readonly text: string; readonly path: string }[] {
  const list = Array.isArray(json) ? (json as readonly Json[]) : undefined;
  if (list?.length === 0) throw policyMalformed(path, 'is empty');
  const found = list
    ? list.map((text, i) => ({ text, path: inside(path, i) }))
    : [{ text: json, path }];
  return found.map((element) => {
    if (typeof element.text !== 'string') throw policyMalformed(element.path, 'must be a string');
    return { text: element.text, path: element.path };
  });
}
