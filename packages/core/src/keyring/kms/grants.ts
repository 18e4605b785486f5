import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { GrantConstraints, KeyGrantRecord } from '../../keys/key-records.ts';
import type { GrantTerms } from '../../policy/grant.ts';
import { grantWidens } from '../../policy/grant-widens.ts';
import type { PolicyAction } from '../../policy/policy-action.ts';
import { randomUuid } from '../primitives.ts';
import { isPrincipal } from '../principal.ts';
import { type ApprovalSubject, approvalRequired } from './approvals.ts';
import { dryRun } from './dry-run.ts';
import { grantFamily } from './grant-family.ts';
import { grantOf, sameTerms, storedTerms, termsOf } from './grant-terms.ts';
import {
  findGrantByToken,
  heedGrantTokens,
  newGrantToken,
  type WithGrantTokens,
} from './grant-tokens.ts';
import { dateOf } from './key-metadata.ts';
import {
  type CheckedChange,
  type CheckedEdit,
  changeFacts,
  checkKeyMember,
  type KmsParts,
  lookAtKey,
  namedKey,
  withFacts,
} from './kms-parts.ts';
import {
  NAME_BY_AGE,
  nameByAge,
  type PageEnd,
  type PageRequest,
  pageOf,
  SHORT_PAGES,
} from './page.ts';
import { boundedText, checkMembers, flag, invalidRequest } from './request.ts';

export interface CreateGrantRequest extends WithGrantTokens {
  readonly KeyId: string;
  /** One principal; no wildcards. */
  readonly GranteePrincipal: string;
  /** May retire the grant. */
  readonly RetiringPrincipal?: string;
  /** Such as `Decrypt`. */
  readonly Operations: readonly PolicyAction[];
  readonly Constraints?: GrantConstraints;
  /**
   * 1 to 256 characters; the same request with the same name gives the same grant again, with a
   * token of its own.
   */
  readonly Name?: string;
  /** The grant begins then; at once when absent. */
  readonly NotBefore?: Date;
  /** The grant ends then, which must not be over; never when absent. */
  readonly NotAfter?: Date;
  readonly DryRun?: boolean;
}

export interface GrantListEntry {
  readonly KeyId: string;
  readonly GrantId: string;
  readonly Name?: string;
  readonly CreationDate: Date;
  readonly GranteePrincipal: string;
  readonly RetiringPrincipal?: string;
  /** Who made it. */
  readonly IssuingPrincipal: string;
  readonly Operations: readonly string[];
  readonly Constraints?: GrantConstraints;
  readonly NotBefore?: Date;
  readonly NotAfter?: Date;
}

/** Rights of one principal to one key, which can be taken back without touching its policy. */
export interface KeyGrants {
  /**
   * @throws `ERR_REQUEST_INVALID`, `ERR_LIMIT_EXCEEDED` above 50,000 for one key. With the right by
   * a grant alone, only what that grant has can be given on.
   */
  createGrant(
    request: CreateGrantRequest,
  ): Promise<{ readonly GrantId: string; readonly GrantToken: string }>;
  listGrants(
    request: PageRequest & {
      readonly KeyId: string;
      readonly GrantId?: string;
      readonly GranteePrincipal?: string;
    },
  ): Promise<PageEnd & { readonly Grants: readonly GrantListEntry[] }>;
  /** Of all keys, what one principal may retire: 50 at once, or 1 to 100. */
  listRetirableGrants(
    request: PageRequest & { readonly RetiringPrincipal: string },
  ): Promise<PageEnd & { readonly Grants: readonly GrantListEntry[] }>;
  /**
   * By whoever holds it or may retire it.
   * @throws `ERR_GRANT_NOT_FOUND`, `ERR_GRANT_TOKEN_INVALID`
   */
  retireGrant(
    request:
      | { readonly GrantToken: string; readonly DryRun?: boolean }
      | { readonly KeyId: string; readonly GrantId: string; readonly DryRun?: boolean },
  ): Promise<void>;
  /** By whoever manages the key. @throws `ERR_GRANT_NOT_FOUND` */
  revokeGrant(request: {
    readonly KeyId: string;
    readonly GrantId: string;
    readonly DryRun?: boolean;
  }): Promise<void>;
}

const MAX_GRANTS = 50_000;
const BY_AGE = { nameOf: nameByAge, pattern: NAME_BY_AGE, ...SHORT_PAGES };

function found(snapshot: ControlSnapshot, key: KeyRecord, grantId: unknown): KeyGrantRecord {
  const name = boundedText('GrantId', grantId, 1, 128);
  const grant = snapshot.grants.get(key.id)?.find(({ id }) => id === name);
  if (grant !== undefined) return grant;
  throw new FieldsealError('ERR_GRANT_NOT_FOUND', 'There is no such grant', { keyId: key.id });
}

function entryOf(grant: KeyGrantRecord): GrantListEntry {
  const { name, retiring, constraints, notBefore, notAfter } = grant;
  return {
    KeyId: grant.keyId,
    GrantId: grant.id,
    CreationDate: dateOf(grant.createdAt),
    GranteePrincipal: grant.grantee,
    IssuingPrincipal: grant.issuer,
    Operations: grant.operations,
    ...(name === null ? {} : { Name: name }),
    ...(retiring === null ? {} : { RetiringPrincipal: retiring }),
    ...(constraints === null ? {} : { Constraints: constraints }),
    ...(notBefore === null ? {} : { NotBefore: dateOf(notBefore) }),
    ...(notAfter === null ? {} : { NotAfter: dateOf(notAfter) }),
  };
}

function requireFewGrants(snapshot: ControlSnapshot, key: KeyRecord): void {
  if ((snapshot.grants.get(key.id)?.length ?? 0) < MAX_GRANTS) return;
  const message = `A key has at most ${MAX_GRANTS} grants`;
  throw new FieldsealError('ERR_LIMIT_EXCEEDED', message, { keyId: key.id });
}

/** The grant that a request with a name asks for again. */
function sameGrant(
  snapshot: ControlSnapshot,
  terms: GrantTerms,
  name: string | null,
): KeyGrantRecord | undefined {
  if (name === null) return undefined;
  const there = snapshot.grants.get(terms.keyId) ?? [];
  return there.find((grant) => grant.name === name && sameTerms(grantOf(grant), terms));
}

/** What a grant says: all that can be proposed. Nobody signs a call that changes nothing. */
const MEMBERS = [
  'KeyId',
  'GranteePrincipal',
  'RetiringPrincipal',
  'Operations',
  'Constraints',
  'Name',
  'NotBefore',
  'NotAfter',
];

/** What keys of the other usage do; tokens of lookups are made by keys that encrypt. */
const OF_OTHER_KEYS: Readonly<Record<string, readonly string[]>> = {
  ENCRYPT_DECRYPT: ['VerifyMac'],
  GENERATE_VERIFY_MAC: [
    'Encrypt',
    'Decrypt',
    'ReEncryptFrom',
    'ReEncryptTo',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
  ],
};

function requireOperationsOf(key: KeyRecord, { operations, constraints }: GrantTerms): void {
  const foreign = operations.find((each) => OF_OTHER_KEYS[key.usage]?.includes(each) === true);
  if (foreign !== undefined) {
    throw invalidRequest('Operations', `Keys for ${key.usage} have no ${foreign}`);
  }
  if (constraints === undefined || key.usage === 'ENCRYPT_DECRYPT') return;
  throw invalidRequest('Constraints', `Keys for ${key.usage} have no encryption context`);
}

const NAME = /^[a-zA-Z0-9:/_-]{1,256}$/;

function grantName(given: unknown): string {
  if (typeof given === 'string' && NAME.test(given)) return given;
  throw invalidRequest('Name', 'Must be 1 to 256 of A-Z a-z 0-9 : / _ -');
}

/** What a request for a grant says, as far as it goes without a key. */
function grantTerms(
  { primitives }: Pick<KmsParts, 'primitives'>,
  request: Omit<CreateGrantRequest, 'DryRun' | 'GrantTokens'>,
): {
  readonly name: string | null;
  readonly terms: GrantTerms;
} {
  checkMembers(request, MEMBERS);
  const name = request.Name === undefined ? null : grantName(request.Name);
  const terms = termsOf(request, request.KeyId);
  if (terms.notAfter !== undefined && terms.notAfter <= primitives.clock.now()) {
    throw invalidRequest('NotAfter', 'Is over: the grant would give nothing');
  }
  return { name, terms };
}

/** Checked edit of `createGrant`; what gives somebody more rights takes two. */
export function grantEdit(
  parts: KmsParts,
  {
    snapshot,
    key,
    request,
    approved,
  }: CheckedChange<Omit<CreateGrantRequest, 'DryRun' | 'GrantTokens'>>,
): CheckedEdit & { readonly subject: ApprovalSubject } {
  const { access, approvals, policies, rows, primitives } = parts;
  const { name, terms } = grantTerms(parts, request);
  const facts = { newGrant: terms };
  const decision = access.key(snapshot, { operation: 'CreateGrant', key, facts });
  requireOperationsOf(key, terms);
  const { source } = decision;
  const parent = source?.type === 'grant' ? (source.id ?? null) : null;
  if (approvals.required && !approved && parent === null) {
    const keyPolicy = policies.compileKeyPolicy(policies.documentOf(snapshot, key.id));
    if (grantWidens(terms, { keyPolicy })) throw approvalRequired(key.id, 'CreateGrant');
  }
  const same = sameGrant(snapshot, terms, name);
  const id = same?.id ?? randomUuid(primitives.random);
  const subject = { type: 'grant', id, keyId: key.id } as const;
  if (same !== undefined) return { edit: null, decision, subject };
  requireFewGrants(snapshot, key);
  const issuer = access.principals.current();
  const stored = storedTerms(terms, request.Constraints ?? null);
  const row = rows.grant({ id, name, issuer, parent, ...stored });
  return { edit: { put: [row] }, decision, subject };
}

export function createKeyGrants(parts: KmsParts): KeyGrants {
  const { control, access } = parts;

  async function end(
    operation: 'RetireGrant' | 'RevokeGrant',
    request: { readonly KeyId: unknown; readonly GrantId: unknown; readonly DryRun: boolean },
  ): Promise<void> {
    await control.change((snapshot) => {
      const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
      const grant = found(snapshot, key, request.GrantId);
      const decision = access.key(snapshot, { operation, key, facts: { grantId: grant.id } });
      if (request.DryRun) throw dryRun(operation, key.id);
      const all = snapshot.grants.get(key.id) ?? [];
      const remove = grantFamily(all, grant).map(({ row }) => row);
      const details = { grant: grant.id };
      const audit = changeFacts(parts, { operation, keyId: key.id, decision, details });
      return { put: [], remove, audit };
    });
  }

  return {
    async createGrant(request) {
      const { GrantTokens, DryRun, ...asked } = request ?? {};
      checkMembers(request, [...MEMBERS, 'DryRun', 'GrantTokens']);
      // what is malformed is that, whatever the key and whoever asks
      checkKeyMember('KeyId', request.KeyId);
      const isDry = flag('DryRun', DryRun);
      grantTerms(parts, asked);
      await heedGrantTokens(parts, GrantTokens === undefined ? {} : { GrantTokens });
      let id = '';
      await control.change((snapshot) => {
        const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
        const change = grantEdit(parts, { snapshot, key, request: asked, approved: false });
        id = change.subject.id;
        if (isDry) throw dryRun('CreateGrant', key.id);
        return withFacts(parts, 'CreateGrant', key.id, change);
      });
      return { GrantId: id, GrantToken: newGrantToken(parts.primitives, id) };
    },

    async listGrants(request) {
      checkMembers(request, ['KeyId', 'GrantId', 'GranteePrincipal', 'Limit', 'Marker']);
      const { KeyId, GrantId, GranteePrincipal } = request;
      if (GrantId !== undefined) boundedText('GrantId', GrantId, 1, 128);
      if (GranteePrincipal !== undefined && !isPrincipal(GranteePrincipal)) {
        throw invalidRequest('GranteePrincipal', 'Must be the name of a principal');
      }
      const look = { keyId: KeyId, operation: 'ListGrants' } as const;
      const { snapshot, key } = lookAtKey(parts, look, 'id only');
      const all = (snapshot.grants.get(key.id) ?? []).filter(
        ({ id, grantee }) =>
          (GrantId === undefined || id === GrantId) &&
          (GranteePrincipal === undefined || grantee === GranteePrincipal),
      );
      const { page, end: pageEnd } = pageOf(request, all, BY_AGE);
      return { Grants: page.map(entryOf), ...pageEnd };
    },

    async listRetirableGrants(request) {
      checkMembers(request, ['RetiringPrincipal', 'Limit', 'Marker']);
      const { RetiringPrincipal } = request;
      if (!isPrincipal(RetiringPrincipal)) {
        throw invalidRequest('RetiringPrincipal', 'Must be the name of a principal');
      }
      const snapshot = control.snapshot();
      access.service(snapshot, { operation: 'ListRetirableGrants' });
      const all = [...snapshot.grants.values()].flat();
      const mine = all.filter(({ retiring }) => retiring === RetiringPrincipal);
      const { page, end: pageEnd } = pageOf(request, mine, BY_AGE);
      return { Grants: page.map(entryOf), ...pageEnd };
    },

    async retireGrant(request) {
      checkMembers(request, ['GrantToken', 'KeyId', 'GrantId', 'DryRun']);
      const DryRun = flag('DryRun', request.DryRun);
      // JavaScript may name every member and leave some undefined
      const { GrantToken, KeyId, GrantId } = request as Partial<
        Record<'GrantToken' | 'KeyId' | 'GrantId', unknown>
      >;
      if (GrantToken === undefined) {
        await end('RetireGrant', { KeyId, GrantId, DryRun });
        return;
      }
      const grant = await findGrantByToken(parts, 'GrantToken', GrantToken);
      await end('RetireGrant', { KeyId: grant.keyId, GrantId: grant.id, DryRun });
    },

    async revokeGrant(request) {
      checkMembers(request, ['KeyId', 'GrantId', 'DryRun']);
      const { KeyId, GrantId } = request;
      await end('RevokeGrant', { KeyId, GrantId, DryRun: flag('DryRun', request.DryRun) });
    },
  };
}
