import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import { rangeOf, registerMembers } from '../keys/index-register.ts';
import type { ControlRow, IndexKeyRow } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { ChangeFacts, ControlEdit } from './control-session.ts';
import type { KeyRows, NewIndexKey } from './create-key-rows.ts';
import { findKey } from './find-key.ts';
import { identityOf, type RangeContent, rangeName } from './index-key-book.ts';
import { requireScope, requireState } from './key-usability.ts';
import { microseconds, type Primitives } from './primitives.ts';
import { requireScopeSize } from './require-scope-size.ts';
import { SERVICE_PRINCIPAL } from './service-principal.ts';

/** An index key that is to be made, and the range of the register that lacks it. */
export interface MissingIndexKey {
  readonly wanted: NewIndexKey;
  readonly content: RangeContent;
}

export interface IndexKeyEditOptions {
  readonly primitives: Primitives;
  readonly secrets: Pick<StoreSecrets, 'sealRow'>;
  readonly rows: Pick<KeyRows, 'indexKey'>;
}

/** Whether a range is not any more what it was when it was read. */
function hasChanged(
  { engine }: Pick<Primitives, 'engine'>,
  { indexRegisters }: ControlSnapshot,
  { range }: RangeContent,
): boolean {
  const { keyId, from } = range;
  const now = { keyId, ...rangeOf(engine, indexRegisters.get(keyId), from) };
  return rangeName(now) !== rangeName(range);
}

function groupBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/**
 * The change that makes index keys and registers them.
 * @returns `undefined` when somebody else added to one of the ranges: they are to be read again
 * @throws as the states of keys and scopes have it
 */
export function editIndexKeys(
  options: IndexKeyEditOptions,
  snapshot: ControlSnapshot,
  missing: readonly MissingIndexKey[],
): ControlEdit | undefined {
  const { primitives, secrets, rows } = options;
  const { engine, clock } = primitives;
  if (missing.some(({ content }) => hasChanged(primitives, snapshot, content))) return undefined;
  const made: IndexKeyRow[] = [];

  function newRow({ wanted }: MissingIndexKey): IndexKeyRow {
    const key = findKey(snapshot, wanted.key.id);
    requireState(snapshot, key, 'Encrypt');
    requireScopeSize(key.id, wanted.scope);
    requireScope(snapshot, wanted.scope, key.id);
    const row = rows.indexKey({ ...wanted, key });
    made.push(row);
    return row;
  }

  function registerOf(keyId: string, ofKey: readonly MissingIndexKey[]): ControlRow {
    let ranges = snapshot.indexRegisters.get(keyId);
    for (const group of groupBy(ofKey, ({ content }) => rangeName(content.range))) {
      const { range, members } = (group[0] as MissingIndexKey).content;
      const added = group.map(newRow).map(identityOf);
      ranges = registerMembers(engine, ranges, range, [...members, ...added]);
    }
    const columns = { key_id: keyId, ranges: ranges ?? null, updated_at: microseconds(clock) };
    return secrets.sealRow('index_register', columns);
  }

  const put: ControlRow[] = [];
  const audit: ChangeFacts[] = [];
  for (const ofKey of groupBy(missing, ({ wanted }) => wanted.key.id)) {
    const keyId = (ofKey[0] as MissingIndexKey).wanted.key.id;
    put.push(registerOf(keyId, ofKey));
    audit.push({
      principal: SERVICE_PRINCIPAL,
      action: 'RegisterIndexKeys',
      keyId,
      readOnly: false,
      details: { indexKeys: ofKey.length },
    });
  }
  return { put, indexKeys: made, audit };
}
