/** One row of a page; everything as text, so that no parser of an application can change it. */
export interface PageRow {
  /** Text of the key columns, in the order of the manifest: where to go on. */
  readonly cursor: readonly string[];
  /** Text of the columns that say whose the row is. */
  readonly scopes: readonly string[];
  /** What stands in the column of the field. */
  readonly stored: string | null;
  /** The plaintext in its old column; `null` also where it has none. */
  readonly old: string | null;
  /** Key, scope, subject, field, old column and tokens by property name, as the codec takes them. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Some rows, and how far the table was read for them. */
export interface Page {
  readonly rows: readonly PageRow[];
  /** Where to go on, also where no row was found so far; `null` after the last row. */
  readonly next: readonly string[] | null;
}

export interface PageQuery {
  /** Rows after `cursor`, by key; `null` starts at the first. */
  read(cursor: readonly string[] | null, limit: number): Promise<Page>;
}
