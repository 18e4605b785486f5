import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { AliasRecord, ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { AccessDecision } from '../../policy/access-decision.ts';
import { ALIAS, checkCustomerAlias } from '../alias.ts';
import type { ChangeFacts } from '../control-session.ts';
import type { KeyAccess } from './access.ts';
import { dateOf, MAC_ALGORITHM_OF, requireCustomerKey } from './key-metadata.ts';
import { changeFacts, type KmsParts, namedKey } from './kms-parts.ts';
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
   * Names a key. Annotations refer to keys by alias.
   * @throws `ERR_ALIAS_INVALID`, `ERR_ALIAS_EXISTS`, `ERR_KEY_NOT_FOUND`, `ERR_LIMIT_EXCEEDED`
   * above 50 for one key
   */
  createAlias(request: { readonly AliasName: string; readonly TargetKeyId: string }): Promise<void>;
  /**
   * Lets an alias name another key of the same usage: what is sealed from now on is sealed under
   * it, and what is sealed already keeps opening under the former one.
   * @throws `ERR_ALIAS_INVALID`, `ERR_KEY_NOT_FOUND`, `ERR_KEY_USAGE`
   */
  updateAlias(request: { readonly AliasName: string; readonly TargetKeyId: string }): Promise<void>;
  /** @throws `ERR_ALIAS_INVALID`, `ERR_KEY_NOT_FOUND` */
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

export function createKeyAliases(parts: KmsParts): KeyAliases {
  const { control, access, rows } = parts;

  function facts(
    { operation, key, alias }: Pick<KeyAccess, 'operation' | 'key'> & { readonly alias: string },
    decision: AccessDecision,
  ): readonly ChangeFacts[] {
    return changeFacts(parts, { operation, keyId: key.id, decision, details: { alias } });
  }

  return {
    async createAlias(request) {
      checkMembers(request, ['AliasName', 'TargetKeyId']);
      const { AliasName } = request;
      checkCustomerAlias(AliasName);
      await control.change((snapshot) => {
        const key = namedKey(snapshot, 'TargetKeyId', request.TargetKeyId, 'id only');
        const asked = { operation: 'CreateAlias', key, alias: AliasName } as const;
        const decision = access.key(snapshot, asked);
        requireCustomerKey(key, 'CreateAlias');
        if (snapshot.aliases.has(AliasName)) {
          const meta = { alias: AliasName };
          throw new FieldsealError('ERR_ALIAS_EXISTS', 'The alias exists already', meta);
        }
        requireFewAliases(snapshot, key);
        return { put: [rows.alias(AliasName, key.id)], audit: facts(asked, decision) };
      });
    },
    async updateAlias(request) {
      checkMembers(request, ['AliasName', 'TargetKeyId']);
      const { AliasName } = request;
      checkCustomerAlias(AliasName);
      await control.change((snapshot) => {
        const alias = existing(snapshot, AliasName);
        const target = namedKey(snapshot, 'TargetKeyId', request.TargetKeyId, 'id only');
        const source = namedKey(snapshot, 'KeyId', alias.keyId, 'id only');
        // the key that loses the name has a say too, but in every state of it
        access.rights(snapshot, { operation: 'UpdateAlias', key: source, alias: AliasName });
        const asked = { operation: 'UpdateAlias', key: target, alias: AliasName } as const;
        const decision = access.key(snapshot, asked);
        requireCustomerKey(target, 'UpdateAlias');
        if (source.usage !== target.usage || kindOf(source) !== kindOf(target)) {
          const message = 'An alias moves between keys of the same kind and usage only';
          throw invalidRequest('TargetKeyId', message);
        }
        if (alias.keyId === target.id) return null;
        requireFewAliases(snapshot, target);
        const row = rows.alias(AliasName, target.id, alias.createdAt);
        return { put: [row], audit: facts(asked, decision) };
      });
    },
    async deleteAlias(request) {
      checkMembers(request, ['AliasName']);
      const { AliasName } = request;
      checkCustomerAlias(AliasName);
      await control.change((snapshot) => {
        const alias = existing(snapshot, AliasName);
        const key = namedKey(snapshot, 'KeyId', alias.keyId, 'id only');
        const asked = { operation: 'DeleteAlias', key, alias: AliasName } as const;
        const decision = access.key(snapshot, asked);
        const remove = [rows.alias(AliasName, key.id)];
        return { put: [], remove, audit: facts(asked, decision) };
      });
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
