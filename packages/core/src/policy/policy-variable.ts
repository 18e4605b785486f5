import type { AccessRequest } from './access-request.ts';
import { parseConditionKey } from './condition-key.ts';
import { hasControl } from './parse-json.ts';
import { policyMalformed } from './policy-malformed.ts';

/** Part of a text with variables: what stands there, or what a request fills in. */
export type TextPart =
  | { readonly literal: string; readonly escaped: boolean }
  | { readonly fill: (request: AccessRequest) => string | undefined };

const VARIABLE = /^([^,']+?)\s*(?:,\s*'([^']*)'\s*)?$/;
const ESCAPED: ReadonlySet<string> = new Set(['*', '?', '$']);

function parseVariable(inner: string, path: string): TextPart {
  if (ESCAPED.has(inner)) return { literal: inner, escaped: true };
  const [, name, fallback] = VARIABLE.exec(inner) ?? [];
  if (name === undefined) throw policyMalformed(path, 'has a malformed policy variable');
  const key = parseConditionKey(name, path);
  if (key.type !== 'string') {
    throw policyMalformed(path, 'has a variable that does not stand for one text');
  }
  return {
    fill(request) {
      const fact = key.read(request) ?? fallback;
      // two values, or characters that a pattern takes for marks: not one text
      return typeof fact === 'string' && !hasControl(fact) ? fact : undefined;
    },
  };
}

/**
 * Splits a text at its policy variables: `${fieldseal:PrincipalTag/team}`, with a default
 * `${fieldseal:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`, `${$}` for the characters.
 *
 * @throws `ERR_POLICY_MALFORMED`
 */
export function parseVariables(text: string, path: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let position = 0;
  for (;;) {
    const start = text.indexOf('${', position);
    const literal = text.slice(position, start === -1 ? undefined : start);
    if (literal !== '') parts.push({ literal, escaped: false });
    if (start === -1) return parts;
    const end = text.indexOf('}', start);
    if (end === -1) throw policyMalformed(path, 'has a policy variable without an end');
    parts.push(parseVariable(text.slice(start + 2, end), path));
    position = end + 1;
  }
}

/** @throws `ERR_POLICY_MALFORMED` where a variable would stand in a place that takes none. */
export function refuseVariables(text: string, path: string): void {
  if (text.includes('${')) {
    throw policyMalformed(path, 'has a policy variable; they stand in string conditions only');
  }
}
