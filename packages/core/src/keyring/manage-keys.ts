import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../keys/control-snapshot.ts';
import { deriveKey } from '../keys/derive.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { RootKey } from '../keys/root-key.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { keyVersionContext } from '../keys/wrap-context.ts';
import { checkAlias, checkCustomerAlias } from './alias.ts';
import type { ControlSession } from './control-session.ts';
import { requireEnabled } from './key-usability.ts';
import type { KeyDescription } from './keyring.ts';
import { microseconds, type Primitives, randomBytes, randomUuid } from './primitives.ts';

const USAGE = 'ENCRYPT_DECRYPT';
const ORIGIN = 'FIELDSEAL';
const MAX_DESCRIPTION = 8192;

/** Changes of keys and aliases; each is one control change. */
export interface KeyManagement {
  createKey(description: string | undefined): Promise<string>;
  createAlias(alias: string, keyId: string): Promise<void>;
  rotateKey(aliasOrKeyId: string): Promise<{ keyId: string; version: number }>;
  /** Makes a key for an alias unless somebody else has. */
  ensureAlias(alias: string, owner: 'SERVICE' | 'CUSTOMER'): Promise<void>;
  listKeys(): readonly KeyDescription[];
}

function describe(snapshot: ControlSnapshot, key: KeyRecord): KeyDescription {
  const aliases = [...snapshot.aliases.values()].filter((alias) => alias.keyId === key.id);
  return {
    keyId: key.id,
    aliases: aliases.map((alias) => alias.name).sort(),
    owner: key.owner,
    state: key.state,
    description: key.description,
    createdAt: new Date(Number(key.createdAt / 1000n)),
    versions: [...key.versions.values()]
      .map(({ version, state }) => ({ version, state }))
      .sort((a, b) => a.version - b.version),
  };
}

/** @throws `ERR_KEY_NOT_FOUND`, `ERR_ALIAS_INVALID` */
export function findKey(snapshot: ControlSnapshot, aliasOrKeyId: string): KeyRecord {
  const isAlias = aliasOrKeyId.startsWith('alias/');
  if (isAlias) checkAlias(aliasOrKeyId);
  const keyId = isAlias ? snapshot.aliases.get(aliasOrKeyId)?.keyId : aliasOrKeyId;
  const key = keyId === undefined ? undefined : snapshot.keys.get(keyId);
  if (key === undefined) {
    const named = isAlias ? { alias: aliasOrKeyId } : { keyId: aliasOrKeyId };
    const message = isAlias
      ? `There is no key ${aliasOrKeyId}; make one with createKey and createAlias`
      : 'There is no such key';
    throw new FieldsealError('ERR_KEY_NOT_FOUND', message, named);
  }
  return key;
}

export function createKeyManagement(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly rootKey: RootKey;
  readonly secrets: StoreSecrets;
  readonly control: ControlSession;
}): KeyManagement {
  const { primitives, environment, rootKey, secrets, control } = options;
  const { engine, random, clock } = primitives;

  function versionRow(keyId: string, version: number): ControlRow {
    const material = randomBytes(random, 32);
    const commitment = deriveKey(engine, 'key-version', material, { use: 'commit' });
    const place = { environment, keyId, version, usage: USAGE, origin: ORIGIN, commitment };
    const wrapped = rootKey.wrap(random, material, keyVersionContext(place));
    material.fill(0);
    return secrets.sealRow('key_version', {
      key_id: keyId,
      version,
      state: 'PRIMARY',
      root_generation: rootKey.generation,
      commitment,
      wrapped,
      created_at: microseconds(clock),
    });
  }

  function keyRows(keyId: string, owner: string, description: string | null): ControlRow[] {
    const row = secrets.sealRow('key', {
      id: keyId,
      spec: 'SYMMETRIC_DEFAULT',
      usage: USAGE,
      origin: ORIGIN,
      owner,
      state: 'Enabled',
      description,
      deletion_at: null,
      created_at: microseconds(clock),
    });
    return [row, versionRow(keyId, 1)];
  }

  function aliasRow(name: string, keyId: string): ControlRow {
    const now = microseconds(clock);
    return secrets.sealRow('alias', { name, key_id: keyId, created_at: now, updated_at: now });
  }

  return {
    async createKey(description) {
      if (description !== undefined && description.length > MAX_DESCRIPTION) {
        const message = `A description has at most ${MAX_DESCRIPTION} characters`;
        throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'description' });
      }
      const keyId = randomUuid(random);
      const put = keyRows(keyId, 'CUSTOMER', description ?? null);
      await control.change(() => ({ put }));
      return keyId;
    },

    async createAlias(alias, keyId) {
      checkCustomerAlias(alias);
      await control.change((snapshot) => {
        if (snapshot.aliases.has(alias)) {
          throw new FieldsealError('ERR_ALIAS_EXISTS', 'The alias exists already', { alias });
        }
        return { put: [aliasRow(alias, findKey(snapshot, keyId).id)] };
      });
    },

    async rotateKey(aliasOrKeyId) {
      let rotated = { keyId: '', version: 0 };
      await control.change((snapshot) => {
        const key = findKey(snapshot, aliasOrKeyId);
        requireEnabled(snapshot, key);
        const version = Math.max(...key.versions.keys()) + 1;
        rotated = { keyId: key.id, version };
        const former = key.primary?.row;
        const demoted =
          former === undefined
            ? []
            : [secrets.sealRow('key_version', { ...former.columns, state: 'DECRYPT_ONLY' })];
        return { put: [...demoted, versionRow(key.id, version)] };
      });
      return rotated;
    },

    async ensureAlias(alias, owner) {
      checkAlias(alias);
      const keyId = randomUuid(random);
      const put = [...keyRows(keyId, owner, null), aliasRow(alias, keyId)];
      await control.change((snapshot) => (snapshot.aliases.has(alias) ? null : { put }));
    },

    listKeys() {
      const snapshot = control.snapshot();
      const keys = [...snapshot.keys.values()].sort((a, b) => Number(a.createdAt - b.createdAt));
      return keys.map((key) => describe(snapshot, key));
    },
  };
}
