import type { ValueType } from '../cell/value-type.ts';
import type { Suite } from '../cipher/suite.ts';
import type { FieldPhase } from '../keys/field-phase.ts';
import type { ManifestOldColumn } from './old-column.ts';

export type { ManifestOldColumn, OldColumnType } from './old-column.ts';

/**
 * The manifest: the list of sealed fields, and the one contract between annotations (Prisma doc
 * comments, TypeORM decorators) and everything else. Plain data, safe to commit and to log.
 */

/** Types of primary-key columns that a cell can be bound to (FORMAT.md section 3, `row`). */
export type RowKeyType = 'int' | 'uuid' | 'text' | 'bytes';

export interface ManifestKeyColumn {
  /** Property name in the application, such as `id`. */
  readonly name: string;
  /** Column name in the database; key columns are sorted by it. */
  readonly column: string;
  /** `null`: a type that cells cannot be bound to (date, decimal, enum ...). */
  readonly type: RowKeyType | null;
}

/** `part` covers last4, first6, year and custom parts; the reserved kinds arrive with later issues. */
export type IndexKind = 'equality' | 'part';

export interface ManifestIndex {
  /** Index id: field id, a dot and the kind's name unless given; opaque and frozen. */
  readonly id: string;
  readonly kind: IndexKind;
  /** Of kind `part`: `last4`, `first6`, `year` or the name of a registered part function. */
  readonly part?: string;
  /** Property name of the token column, such as `aadhaarToken`. */
  readonly name: string;
  /** Database name of the token column. */
  readonly column: string;
  /** `name@version`, several joined by `+`; `raw@1` when none was asked for. */
  readonly normalizer: string;
  /** The tokens are the same for all tenants; the value is the written reason. */
  readonly global?: string;
  /** Accepted in writing; the value is the reason. */
  readonly acceptLeakage?: string;
}

export interface ManifestField {
  /** Property name in the application, such as `aadhaar`. */
  readonly name: string;
  /** Column name in the database. */
  readonly column: string;
  /** Field id: `[A-Za-z0-9_.-]{1,128}`, frozen when first generated. */
  readonly id: string;
  readonly type: ValueType;
  readonly storage: 'text' | 'bytes';
  readonly nullable: boolean;
  /** Alias of the key. `null`: the service-managed key of the adapter. */
  readonly key: string | null;
  /** Property name of the column that holds the tenant. */
  readonly scope?: string;
  /** Property name of the column that holds the subject. */
  readonly subject?: string;
  readonly bind: 'row' | 'field';
  /** Absent: the keyring's default suite. */
  readonly suite?: Suite;
  /** Pads the plaintext to at least this many bytes (a multiple of 16). */
  readonly pad?: number;
  /** Largest plaintext value in bytes; 1 MiB when absent, 16 MiB at most. */
  readonly maxBytes?: number;
  /**
   * The least strict phase that the application accepts; the stricter of this and the key store's
   * holds. Text columns only. Absent: `sealed`.
   */
  readonly phase?: Exclude<FieldPhase, 'sealed'>;
  /**
   * Where plaintext stands while the field moves; its own column is NULL then. Absent: cells and
   * plaintext share the field's column.
   */
  readonly from?: ManifestOldColumn;
  readonly indexes: readonly ManifestIndex[];
}

/** An index of the database over token columns, by the database's names. */
export interface ManifestTokenIndex {
  readonly name: string;
  /** In the order of the index. */
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** Whether it belongs to a UNIQUE constraint of that name. */
  readonly constraint?: true;
}

/** A column that says whose a row's data is. */
export interface ManifestScopeColumn {
  /** Property name in the application, as fields name it in `scope` or `subject`. */
  readonly name: string;
  /** Column name in the database. */
  readonly column: string;
}

export interface ManifestModel {
  /** Name in the application, such as `Customer`. */
  readonly name: string;
  /** Database table. */
  readonly table: string;
  /** Database schema, only where the mapping names one. */
  readonly schema?: string;
  /**
   * A view over tables: its fields have the ids of the columns that it shows, and are only read.
   */
  readonly view?: true;
  /** Key columns sorted by database name; empty when the table has no primary key. */
  readonly primaryKey: readonly ManifestKeyColumn[];
  /** The columns that fields name in `scope` and `subject`; absent when there are none. */
  readonly scopeColumns?: readonly ManifestScopeColumn[];
  /** What migrations make for fields with a `phase`: indexes over their token columns. */
  readonly tokenIndexes?: readonly ManifestTokenIndex[];
  /** The sealed fields only. */
  readonly fields: readonly ManifestField[];
}

export interface Manifest {
  readonly version: 1;
  /** Which adapter's service-managed key serves fields without `key`: `alias/fieldseal/<adapter>`. */
  readonly adapter: string;
  /** Models with at least one sealed field. */
  readonly models: readonly ManifestModel[];
}
