import { textCodec } from '#text-codec';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { type Json, type JsonObject, parseJson } from './parse-json.ts';
import { parseStatement, type Statement, type StatementRules } from './parse-statement.ts';
import type { PolicyDocument } from './policy-document.ts';
import { inside, policyMalformed } from './policy-malformed.ts';

/** As in AWS KMS. */
export const MAX_POLICY_BYTES = 32_768;
const VERSION = '2012-10-17';
const ID = /^[A-Za-z0-9 _.:/-]{1,128}$/;
const ELEMENTS: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);

export interface ParsedPolicy {
  readonly id: string | undefined;
  readonly statements: readonly Statement[];
}

/** Objects are written as JSON first: what is checked is then what would be stored. */
function textOf(document: string | PolicyDocument): string {
  if (typeof document === 'string') return document;
  let text: string | undefined;
  try {
    text = JSON.stringify(document);
  } catch {
    // a cycle or a bigint; the message of the platform could quote the document
  }
  if (text === undefined) throw policyMalformed('', 'cannot be written as JSON');
  return text;
}

function checkSize(text: string): void {
  // bytes are at least as many as characters: what is far too long is not encoded to be counted
  const sizeBytes = text.length > MAX_POLICY_BYTES ? text.length : utf8Length(text);
  if (sizeBytes > MAX_POLICY_BYTES) {
    const message = `The document is larger than ${MAX_POLICY_BYTES} bytes`;
    throw new FieldsealError('ERR_POLICY_MALFORMED', message, {
      limitBytes: MAX_POLICY_BYTES,
      sizeBytes,
    });
  }
}

function utf8Length(text: string): number {
  if (!text.isWellFormed()) throw policyMalformed('', 'has half of a surrogate pair');
  return textCodec.utf8Length(text);
}

function checkVersion(json: JsonObject): void {
  const version = json.get('Version');
  if (version === VERSION) return;
  const reason =
    version === '2008-10-17' ? ': the older version has no policy variables' : ': the only version';
  throw policyMalformed('Version', `must be "${VERSION}"${reason}`);
}

function parseId(json: JsonObject): string | undefined {
  const id = json.get('Id');
  if (id === undefined) return undefined;
  if (typeof id !== 'string' || !ID.test(id)) {
    throw policyMalformed('Id', 'must be 1 to 128 letters, digits, spaces and _ . : / -');
  }
  return id;
}

function parseStatements(json: Json | undefined, rules: StatementRules): readonly Statement[] {
  if (json === undefined) throw policyMalformed('Statement', 'is missing');
  if (!Array.isArray(json)) return [parseStatement(json, { index: 0, path: 'Statement' }, rules)];
  if (json.length === 0) throw policyMalformed('Statement', 'is empty');
  const sids = new Set<string>();
  return (json as readonly Json[]).map((element, index) => {
    const path = inside('Statement', index);
    const statement = parseStatement(element, { index, path }, rules);
    if (statement.sid !== undefined) {
      if (sids.has(statement.sid)) {
        throw policyMalformed(inside(path, 'Sid'), 'is the Sid of another statement, too');
      }
      sids.add(statement.sid);
    }
    return statement;
  });
}

const KINDS: ReadonlySet<string> = new Set(['key-policy', 'identity-policy', 'guardrail']);

/** @throws `ERR_CONFIG_INVALID`, `ERR_POLICY_MALFORMED` with the path to the first bad element. */
export function parsePolicy(
  document: string | PolicyDocument,
  rules: StatementRules,
): ParsedPolicy {
  if (!KINDS.has(rules.kind)) {
    const message = 'kind must be key-policy, identity-policy or guardrail';
    throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'kind' });
  }
  const text = textOf(document);
  checkSize(text);
  const json = parseJson(text);
  if (!(json instanceof Map)) throw policyMalformed('', 'must be an object');
  const object = json as JsonObject;
  for (const name of object.keys()) {
    if (!ELEMENTS.has(name)) throw policyMalformed(inside('', name), 'is no element of a policy');
  }
  checkVersion(object);
  return { id: parseId(object), statements: parseStatements(object.get('Statement'), rules) };
}
