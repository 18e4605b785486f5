import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { AliasRecord, ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import { ALIAS, checkCustomerAlias } from '../alias.ts';
import { requireApprovedAlias } from './alias-by-two.ts';
import { dateOf, MAC_ALGORITHM_OF, requireCustomerKey } from './key-metadata.ts';
import { type CheckedEdit, type KmsParts, namedKey, withFacts } from './kms-parts.ts';
import { type PageEnd, type PageRequest, pageOf, SHORT_PAGES } from './page.ts';
import { checkMembers, invalidRequest } from './request.ts';

export interface AliasListEntry {
  readonly AliasName: string;
  readonly TargetKeyId: string;
  readonly CreationDate: Date;
  readonly LastUpdatedDate: Date;
}

export interface KeyAliases {
  /**
   * Names a key. Annotations refer to keys by alias. With approvers, a name that a registered field has
   * is given by two.
   * @throws `ERR_APPROVAL_REQUIRED`, `ERR_ALIAS_INVALID`, `ERR_ALIAS_EXISTS`, `ERR_KEY_NOT_FOUND`, `ERR_LIMIT_EXCEEDED`
   * above 50 for one key
   */
  createAlias(request: { readonly AliasName: string; readonly TargetKeyId: string }): Promise<void>;
  /**
   * Lets an alias name another key of the same usage: what is sealed from now on is sealed under
   * it, and what is sealed already keeps opening under the former one. With approvers it takes two.
   * @throws `ERR_APPROVAL_REQUIRED`, `ERR_ALIAS_INVALID`, `ERR_KEY_NOT_FOUND`, `ERR_REQUEST_INVALID` across usage or kind
   */
  updateAlias(request: { readonly AliasName: string; readonly TargetKeyId: string }): Promise<void>;
  /** With approvers it takes two. @throws `ERR_APPROVAL_REQUIRED`, `ERR_ALIAS_INVALID`, `ERR_KEY_NOT_FOUND` */
  deleteAlias(request: { readonly AliasName: string }): Promise<void>;
  /** Of one key, or of all: 50 at once, or 1 to 100. */
  listAliases(
    request?: PageRequest & { readonly KeyId?: string },
  ): Promise<PageEnd & { readonly Aliases: readonly AliasListEntry[] }>;
}

const MAX_ALIASES = 50;

function requireFewAliases(snapshot: ControlSnapshot, key: KeyRecord): void {
  const mine = [...snapshot.aliases.values()].filter(({ keyId }) => keyId === key.id);
  if (mine.length < MAX_ALIASES) return;
  const message = `A key has at most ${MAX_ALIASES} aliases`;
  throw new FieldsealError('ERR_LIMIT_EXCEEDED', message, { keyId: key.id });
}

/** As in AWS KMS: all keys for codes are of one kind, whatever their length. */
function kindOf({ spec }: KeyRecord): string {
  return MAC_ALGORITHM_OF[spec] === undefined ? spec : 'HMAC';
}

function existing(snapshot: ControlSnapshot, alias: string): AliasRecord {
  const record = snapshot.aliases.get(alias);
  if (record !== undefined) return record;
  throw new FieldsealError('ERR_KEY_NOT_FOUND', 'There is no such alias', { alias });
}

/** A change of an alias, with the key that has it afterwards or had it. */
export type AliasEdit = (
  parts: KmsParts,
  change: {
    readonly snapshot: ControlSnapshot;
    readonly request: AliasRequest;
    readonly approved: boolean;
  },
) => CheckedEdit & { readonly key: KeyRecord };

interface AliasRequest {
  readonly AliasName: string;
  readonly TargetKeyId: string;
}

const MEMBERS = ['AliasName', 'TargetKeyId'];

function checkAliasRequest(request: unknown, members: readonly string[]): void {
  checkMembers(request, members);
  checkCustomerAlias((request as AliasRequest).AliasName);
}

/** Checked edit of `createAlias`; where a policy asks for aliases or a field has the name it takes two. */
export const createAliasEdit: AliasEdit = (parts, { snapshot, request, approved }) => {
  checkAliasRequest(request, MEMBERS);
  const { AliasName: alias, TargetKeyId } = request;
  const operation = 'CreateAlias';
  const key = namedKey(snapshot, 'TargetKeyId', TargetKeyId, 'id only');
  const decision = parts.access.key(snapshot, { operation, key, alias });
  requireCustomerKey(key, operation);
  if (snapshot.aliases.has(alias)) {
    throw new FieldsealError('ERR_ALIAS_EXISTS', 'The alias exists already', { alias });
  }
  requireFewAliases(snapshot, key);
  requireApprovedAlias(parts, snapshot, { operation, alias, key, approved });
  return { edit: { put: [parts.rows.alias(alias, key.id)] }, decision, key, details: { alias } };
};

/** Checked edit of `updateAlias`; it takes two. */
export const updateAliasEdit: AliasEdit = (parts, { snapshot, request, approved }) => {
  checkAliasRequest(request, MEMBERS);
  const { AliasName: alias, TargetKeyId } = request;
  const operation = 'UpdateAlias';
  const record = existing(snapshot, alias);
  const key = namedKey(snapshot, 'TargetKeyId', TargetKeyId, 'id only');
  const source = namedKey(snapshot, 'KeyId', record.keyId, 'id only');
  // the key that loses the name has a say too, but in every state of it
  parts.access.rights(snapshot, { operation, key: source, alias });
  const decision = parts.access.key(snapshot, { operation, key, alias });
  requireCustomerKey(key, operation);
  if (source.usage !== key.usage || kindOf(source) !== kindOf(key)) {
    const message = 'An alias moves between keys of the same kind and usage only';
    throw invalidRequest('TargetKeyId', message);
  }
  const told = { decision, key, details: { alias } };
  if (record.keyId === key.id) return { ...told, edit: null };
  requireFewAliases(snapshot, key);
  requireApprovedAlias(parts, snapshot, { operation, alias, key, approved });
  return { ...told, edit: { put: [parts.rows.alias(alias, key.id, record.createdAt)] } };
};

/** Checked edit of `deleteAlias`; it takes two, as else who deletes it gives the name to another key. */
export const deleteAliasEdit: AliasEdit = (parts, { snapshot, request, approved }) => {
  checkAliasRequest(request, ['AliasName']);
  const { AliasName: alias } = request;
  const operation = 'DeleteAlias';
  const key = namedKey(snapshot, 'KeyId', existing(snapshot, alias).keyId, 'id only');
  const decision = parts.access.key(snapshot, { operation, key, alias });
  requireApprovedAlias(parts, snapshot, { operation, alias, key, approved });
  const remove = [parts.rows.alias(alias, key.id)];
  return { edit: { put: [], remove }, decision, key, details: { alias } };
};

export function createKeyAliases(parts: KmsParts): KeyAliases {
  const { control, access } = parts;

  async function change(operation: string, given: object, edit: AliasEdit): Promise<void> {
    const request = given as AliasRequest;
    await control.change((snapshot) => {
      const checked = edit(parts, { snapshot, request, approved: false });
      return withFacts(parts, operation, checked.key.id, checked);
    });
  }

  return {
    async createAlias(request) {
      checkAliasRequest(request, MEMBERS);
      await change('CreateAlias', request, createAliasEdit);
    },
    async updateAlias(request) {
      checkAliasRequest(request, MEMBERS);
      await change('UpdateAlias', request, updateAliasEdit);
    },
    async deleteAlias(request) {
      checkAliasRequest(request, ['AliasName']);
      await change('DeleteAlias', request, deleteAliasEdit);
    },
    async listAliases(request = {}) {
      checkMembers(request, ['KeyId', 'Limit', 'Marker']);
      const snapshot = control.snapshot();
      access.service(snapshot, { operation: 'ListAliases' });
      const { KeyId } = request;
      const wanted =
        KeyId === undefined ? undefined : namedKey(snapshot, 'KeyId', KeyId, 'id only');
      const all = [...snapshot.aliases.values()].filter(
        ({ keyId }) => wanted === undefined || keyId === wanted.id,
      );
      const order = { nameOf: ({ name }: AliasRecord) => name, pattern: ALIAS, ...SHORT_PAGES };
      const { page, end } = pageOf(request, all, order);
      const entries = page.map(({ name, keyId, createdAt, updatedAt }) => ({
        AliasName: name,
        TargetKeyId: keyId,
        CreationDate: dateOf(createdAt),
        LastUpdatedDate: dateOf(updatedAt),
      }));
      return { Aliases: entries, ...end };
    },
  };
}
