import { type ManifestOldColumn, oldColumnText } from '@fieldseal/core';
import type { ColumnMetadata, SealedColumn, SealedEntity } from '../model/sealed-entities.ts';

/** Names under which one column is in the raw rows. */
export interface SelectedColumn {
  readonly sealed: SealedColumn;
  readonly keys: readonly string[];
}

/** What a statement selects of one entity under one alias, as far as opening needs it. */
export interface SealedSelection {
  readonly entity: SealedEntity;
  readonly fields: readonly SelectedColumn[];
  /** Columns that opening needs, by manifest name: keys, scope, subject, text of old columns. */
  readonly companions: readonly (readonly [name: string, key: string])[];
  /** Token columns of indexes that found the rows, by manifest name. */
  readonly verify: readonly (readonly [name: string, key: string])[];
  /** Names in the raw rows that were added for the above. */
  readonly added: readonly string[];
}

/** One column in a select list, as TypeORM builds it. */
export interface SelectItem {
  readonly selection: string;
  readonly aliasName?: string;
  readonly virtual?: boolean;
}

export interface SelectionRequest {
  readonly entity: SealedEntity;
  /** What is selected of the entity already. */
  readonly items: readonly SelectItem[];
  /** Indexes whose lookup found rows of this alias. */
  readonly looked: ReadonlySet<string>;
  /** The text that selects a column. */
  selection(column: ColumnMetadata): string;
  /** The name that an added column gets in the raw rows. */
  alias(column: ColumnMetadata): string;
}

/**
 * Adds to a select list what opening its sealed columns needs.
 * @returns `undefined` when no sealed column is selected
 */
export function planSelection(
  request: SelectionRequest,
): { readonly selection: SealedSelection; readonly items: readonly SelectItem[] } | undefined {
  const { entity, looked } = request;
  const selected = keysBySelection(request.items);
  const keysOf = (column: ColumnMetadata): readonly string[] =>
    selected.get(request.selection(column)) ?? [];
  const fields: SelectedColumn[] = [];
  for (const sealed of entity.sealed.values()) {
    const keys = keysOf(sealed.column);
    if (keys.length > 0) fields.push({ sealed, keys });
  }
  if (fields.length === 0) return undefined;
  const added: SelectItem[] = [];
  const keyOf = (column: ColumnMetadata): string => {
    const [known] = keysOf(column);
    if (known !== undefined) return known;
    const aliasName = request.alias(column);
    added.push({ selection: request.selection(column), aliasName });
    return aliasName;
  };
  const keyOfOld = (old: ColumnMetadata, from: ManifestOldColumn): string => {
    const aliasName = request.alias(old);
    // as both ORMs read times; what the cell could not hold is the job's to find
    const selection = oldColumnText(from, request.selection(old), { cut: true });
    added.push({ selection, aliasName });
    return aliasName;
  };
  const olds = fields.flatMap(({ sealed: { old, field } }) =>
    old === undefined || field.from === undefined
      ? []
      : [[field.from.name, keyOfOld(old, field.from)] as const],
  );
  const companions = [
    ...companionsOf(entity, fields).map(([name, column]) => [name, keyOf(column)] as const),
    ...olds,
  ];
  const verify = fields
    .flatMap(({ sealed }) => sealed.tokens)
    .filter(({ index }) => looked.has(index.name))
    .map(({ index, column }) => [index.name, keyOf(column)] as const);
  const names = added.flatMap(({ aliasName }) => aliasName ?? []);
  return {
    selection: { entity, fields, companions, verify, added: names },
    items: [...request.items, ...added],
  };
}

/** The names in the raw rows, by the text that is selected. */
function keysBySelection(items: readonly SelectItem[]): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>();
  for (const { selection, aliasName } of items) {
    if (aliasName === undefined) continue;
    const known = keys.get(selection);
    if (known === undefined) keys.set(selection, [aliasName]);
    else known.push(aliasName);
  }
  return keys;
}

function companionsOf(
  entity: SealedEntity,
  fields: readonly SelectedColumn[],
): readonly (readonly [string, ColumnMetadata])[] {
  const found = new Map<string, ColumnMetadata>();
  const add = (name: string | undefined): void => {
    const column = name === undefined ? undefined : entity.column(name);
    if (name !== undefined && column !== undefined) found.set(name, column);
  };
  for (const { sealed } of fields) {
    const { bind, scope, subject } = sealed.field;
    if (bind === 'row') for (const { name, column } of entity.keys) found.set(name, column);
    add(scope);
    add(subject);
  }
  return [...found];
}
