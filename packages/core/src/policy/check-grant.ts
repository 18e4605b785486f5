import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { GrantConstraints, GrantTerms } from './grant.ts';
import { foldPairs } from './grant-within.ts';
import { POLICY_ACTIONS, type PolicyAction, policyActionNumber } from './policy-action.ts';

const PRINCIPAL = /^[A-Za-z0-9+=,.@_/:-]{1,256}$/;
const CONSTRAINT = /^encryptionContext(Equals|Subset)$/;
const MAX_PAIRS = 8;
const MAX_PAIR_LENGTH = 384;

function invalid(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', `${option} ${message}`, { option });
}

function checkPrincipal(option: string, id: unknown): void {
  if (typeof id !== 'string' || !PRINCIPAL.test(id)) {
    throw invalid(option, 'must be one principal: 1 to 256 of A-Z a-z 0-9 + = , . @ _ / : -');
  }
}

function checkOperations({ operations, constraints }: GrantTerms): void {
  if (!Array.isArray(operations) || operations.length === 0) {
    throw invalid('operations', 'must be a list with at least one operation');
  }
  for (const [i, operation] of (operations as readonly PolicyAction[]).entries()) {
    const option = `operations[${i}]`;
    const known = policyActionNumber(operation) !== -1;
    const facts = known ? POLICY_ACTIONS[operation] : undefined;
    if (!facts?.grantable) throw invalid(option, 'is no operation that a grant can hold');
    if (operations.indexOf(operation) !== i) throw invalid(option, 'is there twice');
    if (constraints !== undefined && facts.crypto && !facts.context) {
      throw invalid(option, 'has no encryption context that constraints could ask for');
    }
  }
}

function checkPairs(option: string, pairs: Readonly<Record<string, unknown>>): void {
  if (typeof pairs !== 'object' || pairs === null) throw invalid(option, 'must be an object');
  const entries = Object.entries(pairs);
  if (entries.length === 0 || entries.length > MAX_PAIRS) {
    throw invalid(option, `must have 1 to ${MAX_PAIRS} pairs`);
  }
  const fits = (text: unknown, least: number) =>
    typeof text === 'string' && text.length >= least && text.length <= MAX_PAIR_LENGTH;
  if (!entries.every(([key, value]) => fits(key, 1) && fits(value, 0))) {
    throw invalid(option, `must have texts of at most ${MAX_PAIR_LENGTH} characters`);
  }
  if (foldPairs(pairs as Readonly<Record<string, string>>) === undefined) {
    throw invalid(option, 'has two keys that differ by letter case alone');
  }
}

function checkConstraints(constraints: GrantConstraints): void {
  const names = Object.keys(constraints);
  if (names.length === 0 || !names.every((name) => CONSTRAINT.test(name))) {
    const both = 'must be encryptionContextEquals, encryptionContextSubset or both';
    throw invalid('constraints', both);
  }
  for (const name of names as (keyof GrantConstraints)[]) {
    checkPairs(`constraints.${name}`, constraints[name] ?? {});
  }
}

function checkTimes({ notBefore, notAfter }: GrantTerms): void {
  for (const [option, time] of Object.entries({ notBefore, notAfter })) {
    if (time !== undefined && !Number.isSafeInteger(time)) {
      throw invalid(option, 'must be milliseconds since 1970');
    }
  }
  if ((notBefore ?? -Infinity) >= (notAfter ?? Infinity)) {
    throw invalid('notAfter', 'must be later than notBefore');
  }
}

/**
 * Checks what a grant shall give (`ValidationException` of AWS). `meta.option` names what is
 * wrong; no pair of a constraint is quoted.
 *
 * @throws `ERR_CONFIG_INVALID`
 */
export function checkGrant(terms: GrantTerms): void {
  if (typeof terms.keyId !== 'string' || terms.keyId === '') {
    throw invalid('keyId', 'must be the id of a key');
  }
  checkPrincipal('granteePrincipal', terms.granteePrincipal);
  if (terms.retiringPrincipal !== undefined) {
    checkPrincipal('retiringPrincipal', terms.retiringPrincipal);
  }
  checkOperations(terms);
  if (terms.constraints !== undefined) checkConstraints(terms.constraints);
  checkTimes(terms);
}
