import { compareText } from './compare-text.ts';
import type { ManifestKeyColumn } from './manifest.ts';

/** A column of the primary key, with what decides whether cells can be bound to it. */
export interface KeyColumnFacts extends ManifestKeyColumn {
  /** Whether it is part of a foreign key of this table. */
  readonly isForeignKey: boolean;
  /** Whether its value is made by the database, so that nobody knows it before the insert. */
  readonly isMadeByDatabase: boolean;
}

/**
 * The primary key as the manifest has it: sorted by database name, as FORMAT.md section 3 orders a
 * row.
 *
 * @example
 * ```ts
 * import { manifestKey } from '@fieldseal/core';
 *
 * const facts = { type: 'int', isForeignKey: false, isMadeByDatabase: false } as const;
 * manifestKey([{ name: 'id', column: 'id', ...facts }]); // [{ name: 'id', column: 'id', type: 'int' }]
 * ```
 */
export function manifestKey(key: readonly KeyColumnFacts[]): readonly ManifestKeyColumn[] {
  return key
    .map(({ name, column, type }) => ({ name, column, type }))
    .sort((a, b) => compareText(a.column, b.column));
}

/**
 * Why cells cannot be bound to the rows of a table: the writer has to know the whole key before
 * the insert, and nothing may change it behind us.
 *
 * @returns `undefined` when they can.
 *
 * @example
 * ```ts
 * import { whyNotRowBound } from '@fieldseal/core';
 *
 * whyNotRowBound([]); // "the table has no primary key"
 * ```
 */
export function whyNotRowBound(key: readonly KeyColumnFacts[]): string | undefined {
  if (key.length === 0) return 'the table has no primary key';
  for (const { name, type, isForeignKey, isMadeByDatabase } of key) {
    if (type === null) return `a cell cannot be bound to a key column of the type of "${name}"`;
    if (isForeignKey) return `"${name}" is part of a foreign key, so a cascade can change it`;
    if (isMadeByDatabase)
      return `"${name}" gets its value from the database, after the cell is sealed`;
  }
  return undefined;
}
