import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { KEY_OPERATIONS, type KeyOperation } from '../../keys/key-states.ts';
import type { AccessDecision } from '../../policy/access-decision.ts';
import type { AccessRequest, KeyResource } from '../../policy/access-request.ts';
import { MAX_POLICY_BYTES } from '../../policy/parse-policy.ts';
import { requireNoLockout } from '../../policy/require-no-lockout.ts';
import { isPrincipal } from '../principal.ts';
import { keyResource } from './access.ts';
import { approvalRequired } from './approvals.ts';
import { type EncryptionContext, encryptionContext } from './encryption-context.ts';
import { requireCustomerKey } from './key-metadata.ts';
import {
  type CheckedChange,
  type CheckedEdit,
  checkKeyMember,
  type KmsParts,
  lookAtKey,
  namedKey,
  withFacts,
} from './kms-parts.ts';
import { type PageEnd, type PageRequest, pageOf } from './page.ts';
import { boundedText, checkMembers, flag, invalidRequest, oneOf } from './request.ts';

export interface PutKeyPolicyRequest {
  readonly KeyId: string;
  readonly PolicyName?: 'default';
  /** The document as JSON, up to 32,768 bytes; characters above U+00FF as `\uXXXX`. */
  readonly Policy: string;
  readonly BypassPolicyLockoutSafetyCheck?: boolean;
}

/** Policies of keys: who may do what with one, as a document. */
export interface KeyPolicies {
  /**
   * The document as JSON; also that of a key that was never given one.
   * @throws `ERR_KEY_NOT_FOUND` for a policy by another name than `default`
   */
  getKeyPolicy(request: {
    readonly KeyId: string;
    readonly PolicyName?: 'default';
  }): Promise<{ readonly Policy: string; readonly PolicyName: 'default' }>;
  /**
   * Replaces the document. Refused when it would keep the caller from putting another one, unless
   * `BypassPolicyLockoutSafetyCheck` says that this is meant.
   * @throws `ERR_POLICY_MALFORMED`, `ERR_LIMIT_EXCEEDED` for a document that is too large
   */
  putKeyPolicy(request: PutKeyPolicyRequest): Promise<void>;
  listKeyPolicies(
    request: PageRequest & { readonly KeyId: string },
  ): Promise<PageEnd & { readonly PolicyNames: readonly string[] }>;
  /**
   * Says what policies and grants would answer, and which statement decides. Nothing is done, and
   * the state of the key is not asked.
   */
  explainAccess(request: {
    readonly KeyId: string;
    /** Such as `Decrypt`. */
    readonly Operation: KeyOperation;
    /** Whoever asks when absent. */
    readonly Principal?: string;
    readonly EncryptionContext?: EncryptionContext;
  }): Promise<AccessDecision>;
}

/** As long as AWS reads at all; what is longer than a policy may be has an error of its own. */
const MAX_TEXT = 131_072;
const utf8 = new TextEncoder();

/** Those of AWS: Latin-1, without control characters but tab and ends of lines. */
const CHARACTERS = /^[\t\n\r\u0020-\u00FF]*$/;

/** @throws `ERR_REQUEST_INVALID` */
function requireCharacters(document: string): void {
  if (CHARACTERS.test(document)) return;
  throw invalidRequest('Policy', 'Must have characters up to U+00FF, and others as \\uXXXX');
}

function requireShort(document: string): void {
  const sizeBytes = utf8.encode(document).length;
  if (sizeBytes <= MAX_POLICY_BYTES) return;
  const message = `A policy has at most ${MAX_POLICY_BYTES} bytes`;
  throw new FieldsealError('ERR_LIMIT_EXCEEDED', message, {
    sizeBytes,
    limitBytes: MAX_POLICY_BYTES,
  });
}

/**
 * Checks a document as far as it goes without a key.
 * @throws `ERR_REQUEST_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_POLICY_MALFORMED`
 */
export function checkDocument({ policies }: Pick<KmsParts, 'policies'>, given: unknown): string {
  const document = boundedText('Policy', given, 1, MAX_TEXT);
  requireCharacters(document);
  requireShort(document);
  policies.compileKeyPolicy(document);
  return document;
}

/**
 * Checks a document that shall become the policy of a key.
 * @returns `undefined` when none was given
 * @throws `ERR_REQUEST_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_POLICY_MALFORMED`
 */
export function checkNewPolicy(
  parts: KmsParts,
  given: unknown,
  put: { readonly resource: KeyResource; readonly bypass: boolean },
): string | undefined {
  if (given === undefined) return undefined;
  const { control, policies, access, primitives } = parts;
  const document = checkDocument(parts, given);
  if (put.bypass) return document;
  const request: AccessRequest = {
    principal: { id: access.principals.current() },
    action: 'PutKeyPolicy',
    resource: put.resource,
    now: primitives.clock.now(),
    // the next call is one without it, unless the caller says so
    bypassPolicyLockoutSafetyCheck: false,
  };
  requireNoLockout(policies.policiesOf(control.snapshot(), request, document), request);
  return document;
}

/** @throws `ERR_REQUEST_INVALID` for what is the name of no policy in AWS either */
function policyName(given: unknown = 'default'): string {
  if (typeof given === 'string' && /^\w{1,128}$/.test(given)) return given;
  throw invalidRequest('PolicyName', 'Must be 1 to 128 letters, digits or _');
}

const MEMBERS = ['KeyId', 'PolicyName', 'Policy', 'BypassPolicyLockoutSafetyCheck'];

/** @throws `ERR_REQUEST_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_POLICY_MALFORMED` */
function checkPut(parts: KmsParts, request: PutKeyPolicyRequest): { readonly bypass: boolean } {
  checkMembers(request, MEMBERS);
  oneOf('PolicyName', request.PolicyName, ['default'], 'default');
  if (request.Policy === undefined) throw invalidRequest('Policy', 'Must be a document');
  const bypass = flag('BypassPolicyLockoutSafetyCheck', request.BypassPolicyLockoutSafetyCheck);
  checkDocument(parts, request.Policy);
  return { bypass };
}

/** Checked edit of `putKeyPolicy`; what gives somebody more rights takes two. */
export function policyEdit(
  parts: KmsParts,
  { snapshot, key, request, approved }: CheckedChange<PutKeyPolicyRequest>,
): CheckedEdit {
  const { access, approvals, rows } = parts;
  const { bypass } = checkPut(parts, request);
  const facts = { bypassPolicyLockoutSafetyCheck: bypass };
  const decision = access.key(snapshot, { operation: 'PutKeyPolicy', key, facts });
  requireCustomerKey(key, 'PutKeyPolicy');
  const put = { resource: keyResource(snapshot, key), bypass };
  const document = checkNewPolicy(parts, request.Policy, put) as string;
  if (approvals.required && !approved && !approvals.permits(key.id, document)) {
    throw approvalRequired(key.id, 'PutKeyPolicy');
  }
  const isSame = snapshot.policies.get(key.id) === document;
  const edit = isSame && !approved ? null : { put: [rows.policy(key.id, document)] };
  return { edit, decision, subject: { type: 'policy', id: key.id, keyId: key.id } };
}

export function createKeyPolicies(parts: KmsParts): KeyPolicies {
  const { policies, access, control } = parts;
  return {
    async getKeyPolicy(request) {
      checkMembers(request, ['KeyId', 'PolicyName']);
      const name = policyName(request.PolicyName);
      const look = { keyId: request.KeyId, operation: 'GetKeyPolicy' } as const;
      const { snapshot, key } = lookAtKey(parts, look, 'id only');
      if (name !== 'default') {
        const meta = { keyId: key.id, option: 'PolicyName' };
        throw new FieldsealError('ERR_KEY_NOT_FOUND', 'A key has one policy, default', meta);
      }
      return { Policy: policies.documentOf(snapshot, key.id), PolicyName: 'default' };
    },

    async putKeyPolicy(request) {
      // what is malformed is that, whatever the key and whoever asks
      checkMembers(request, MEMBERS);
      checkKeyMember('KeyId', request.KeyId);
      checkPut(parts, request);
      await control.change((snapshot) => {
        const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
        const change = policyEdit(parts, { snapshot, key, request, approved: false });
        return withFacts(parts, 'PutKeyPolicy', key.id, change);
      });
    },

    async listKeyPolicies(request) {
      checkMembers(request, ['KeyId', 'Limit', 'Marker']);
      const order = { nameOf: (name: string) => name, pattern: /^default$/ };
      const { page, end } = pageOf(request, ['default'], order);
      lookAtKey(parts, { keyId: request.KeyId, operation: 'ListKeyPolicies' }, 'id only');
      return { PolicyNames: page, ...end };
    },

    async explainAccess(request) {
      checkMembers(request, ['KeyId', 'Operation', 'Principal', 'EncryptionContext']);
      const { KeyId, Principal } = request;
      const operation = oneOf('Operation', request.Operation, KEY_OPERATIONS);
      if (Principal !== undefined && !isPrincipal(Principal)) {
        throw invalidRequest('Principal', 'Must be the name of a principal');
      }
      const context = encryptionContext('EncryptionContext', request.EncryptionContext);
      const snapshot = control.snapshot();
      const key = namedKey(snapshot, 'KeyId', KeyId, 'alias');
      access.rights(snapshot, { operation: 'ExplainAccess', key });
      const asked = { operation, key, named: KeyId, encryptionContext: context };
      const principal = Principal ?? access.principals.current();
      return policies.decide(snapshot, access.request(snapshot, asked, principal));
    },
  };
}
