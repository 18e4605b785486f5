import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import type { ControlRow } from '../keys/key-store.ts';
import { checkAlias } from './alias.ts';
import type { ControlSession } from './control-session.ts';
import { isRetired } from './key-usability.ts';
import type { KeyDescription } from './keyring.ts';
import { dateOf, isListed } from './kms/key-metadata.ts';
import type { RowMaker } from './kms/row-maker.ts';
import { type Primitives, randomUuid } from './primitives.ts';
import type { Principals } from './principal.ts';

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
      .map((version) => describeVersion(snapshot, version))
      .sort((a, b) => a.version - b.version),
  };
}

function describeVersion(
  snapshot: ControlSnapshot,
  record: KeyVersionRecord,
): KeyDescription['versions'][number] {
  const { version, deletionAt } = record;
  const state = isRetired(snapshot, record) ? 'DESTROYED' : record.state;
  const isEnding = deletionAt !== null && state !== 'DESTROYED';
  return { version, state, ...(isEnding ? { deletionAt: dateOf(deletionAt) } : {}) };
}

/** All keys, oldest first. */
export function describeKeys(snapshot: ControlSnapshot): readonly KeyDescription[] {
  const listed = [...snapshot.keys.values()].filter(isListed);
  const keys = listed.sort((a, b) => Number(a.createdAt - b.createdAt));
  return keys.map((key) => describe(snapshot, key));
}

/** Makes a key for an alias unless somebody else has. */
export type EnsureAlias = (alias: string, owner: 'SERVICE' | 'CUSTOMER') => Promise<void>;

export function createEnsureAlias(options: {
  readonly primitives: Primitives;
  readonly control: ControlSession;
  readonly rows: RowMaker;
  readonly principals: Principals;
}): EnsureAlias {
  const { primitives, control, rows, principals } = options;
  return async (alias, owner) => {
    checkAlias(alias);
    const id = randomUuid(primitives.random);
    const kind = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', origin: 'FIELDSEAL' };
    const facts = { id, ...kind, owner, state: 'Enabled', description: null } as const;
    // wrapped when it is tried: the root key may rotate in between
    const put = (): readonly ControlRow[] => [
      rows.key(facts),
      rows.version(facts, { number: 1, state: 'PRIMARY' }),
      rows.alias(alias, id),
    ];
    const principal = principals.orService();
    const shared = { principal, keyId: id, readOnly: false };
    const audit = [
      { ...shared, action: 'CreateKey' },
      { ...shared, action: 'CreateAlias', details: { alias } },
    ];
    await control.change((snapshot) =>
      snapshot.aliases.has(alias) ? null : { put: put(), audit },
    );
  };
}
