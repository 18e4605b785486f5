import type { KeyGrantRecord } from '../../keys/key-records.ts';

/** The grants of one key as decisions ask for them. */
export interface GrantIndex {
  readonly byId: ReadonlyMap<string, KeyGrantRecord>;
  /** Those that a principal holds or may retire: no other grant allows it anything. */
  of(principal: string): readonly KeyGrantRecord[];
}

const NONE: readonly never[] = [];

function indexOf(records: readonly KeyGrantRecord[]): GrantIndex {
  const byId = new Map(records.map((record) => [record.id, record]));
  const byPrincipal = new Map<string, KeyGrantRecord[]>();
  const add = (name: string, record: KeyGrantRecord): void => {
    const mine = byPrincipal.get(name);
    if (mine === undefined) byPrincipal.set(name, [record]);
    else mine.push(record);
  };
  for (const record of records) {
    const { grantee, retiring } = record;
    add(grantee, record);
    if (retiring !== null && retiring !== grantee) add(retiring, record);
  }
  return { byId, of: (principal) => byPrincipal.get(principal) ?? NONE };
}

/**
 * Indexes lists of grants once each. A list is that of one key in one state of the store; a key has
 * up to 50,000, and every decision on it asks for those of one principal.
 */
export function createGrantIndexes(): (
  records: readonly KeyGrantRecord[] | undefined,
) => GrantIndex {
  const known = new WeakMap<readonly KeyGrantRecord[], GrantIndex>();
  return (records = NONE) => {
    const index = known.get(records) ?? indexOf(records);
    known.set(records, index);
    return index;
  };
}
