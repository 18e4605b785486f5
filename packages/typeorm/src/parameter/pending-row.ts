import type { Scope } from '@fieldseal/core';

/**
 * Values of one row that are sealed when their statement is sent. Fields that differ in their scope
 * columns are in rows of their own, since a row is sealed under one scope at a time.
 */
export interface PendingRow {
  readonly model: string;
  readonly operation: string;
  /** Sealed fields by name; `null` is in a row of its own, which has neither key nor scope. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Primary key by name of the key column; needed by row-bound fields. */
  readonly row?: Readonly<Record<string, unknown>>;
  readonly scope: Scope;
}
