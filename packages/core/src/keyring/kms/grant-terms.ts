import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { GrantConstraints, KeyGrantRecord } from '../../keys/key-records.ts';
import { checkGrant } from '../../policy/check-grant.ts';
import type { Grant, GrantTerms } from '../../policy/grant.ts';
import type { PolicyAction } from '../../policy/policy-action.ts';
import type { CreateGrantRequest } from './grants.ts';
import { checkMembers, optionalDate } from './request.ts';

/** A grant as policies see it: times in milliseconds. */
export function grantOf(record: KeyGrantRecord): Grant {
  const { id, keyId, grantee, retiring, operations, constraints, notBefore, notAfter } = record;
  const equals = constraints?.EncryptionContextEquals;
  const subset = constraints?.EncryptionContextSubset;
  const asked = {
    ...(equals === undefined ? {} : { encryptionContextEquals: equals }),
    ...(subset === undefined ? {} : { encryptionContextSubset: subset }),
  };
  return {
    id,
    keyId,
    granteePrincipal: grantee,
    operations: operations as readonly PolicyAction[],
    ...(retiring === null ? {} : { retiringPrincipal: retiring }),
    ...(constraints === null ? {} : { constraints: asked }),
    ...(notBefore === null ? {} : { notBefore: Number(notBefore / 1000n) }),
    ...(notAfter === null ? {} : { notAfter: Number(notAfter / 1000n) }),
  };
}

/** What the engine of policies takes for a mistake of the configuration is one of the request here. */
function ofRequest(error: unknown): unknown {
  if (!(error instanceof FieldsealError)) return error;
  return new FieldsealError('ERR_REQUEST_INVALID', error.message, error.meta);
}

/** Each operation once: naming one twice asks for nothing more. */
function distinct(operations: readonly PolicyAction[]): readonly PolicyAction[] {
  // what is no list is refused with the other terms
  return Array.isArray(operations) ? [...new Set(operations)] : operations;
}

/** What the request asks for, checked; times as policies have them. */
export function termsOf(request: CreateGrantRequest, keyId: string): GrantTerms {
  const { GranteePrincipal, RetiringPrincipal, Operations, Constraints } = request;
  const notBefore = optionalDate('NotBefore', request.NotBefore);
  const notAfter = optionalDate('NotAfter', request.NotAfter);
  if (Constraints !== undefined) {
    checkMembers(Constraints, ['EncryptionContextEquals', 'EncryptionContextSubset']);
  }
  const equals = Constraints?.EncryptionContextEquals;
  const subset = Constraints?.EncryptionContextSubset;
  const constraints = {
    ...(equals === undefined ? {} : { encryptionContextEquals: equals }),
    ...(subset === undefined ? {} : { encryptionContextSubset: subset }),
  };
  const terms: GrantTerms = {
    keyId,
    granteePrincipal: GranteePrincipal,
    operations: distinct(Operations),
    ...(RetiringPrincipal === undefined ? {} : { retiringPrincipal: RetiringPrincipal }),
    ...(Constraints === undefined ? {} : { constraints }),
    ...(notBefore === undefined ? {} : { notBefore: notBefore.getTime() }),
    ...(notAfter === undefined ? {} : { notAfter: notAfter.getTime() }),
  };
  try {
    checkGrant(terms);
  } catch (error) {
    throw ofRequest(error);
  }
  return terms;
}

function micros(milliseconds: number | undefined): bigint | null {
  return milliseconds === undefined ? null : BigInt(milliseconds) * 1000n;
}

/** What a grant gives, as it is stored. */
export function storedTerms(
  terms: GrantTerms,
  constraints: GrantConstraints | null,
): Omit<KeyGrantRecord, 'row' | 'id' | 'name' | 'issuer' | 'parent' | 'createdAt'> {
  return {
    keyId: terms.keyId,
    grantee: terms.granteePrincipal,
    retiring: terms.retiringPrincipal ?? null,
    operations: terms.operations,
    constraints,
    notBefore: micros(terms.notBefore),
    notAfter: micros(terms.notAfter),
  };
}

/** Whether two grants give the same, whoever made them. */
export function sameTerms(one: GrantTerms | Grant, other: GrantTerms | Grant): boolean {
  return shape(one) === shape(other);
}

/** A text that is the same whatever order members and operations are in. */
function shape(terms: GrantTerms | Grant): string {
  const { id: _, ...rest } = { id: '', ...terms };
  const given = { ...rest, operations: terms.operations.toSorted() };
  return JSON.stringify(given, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))
      : member,
  );
}
