import type { ValueType } from '../cell/value-type.ts';

/** Types of PostgreSQL, by their names in the catalogue, in which a value can stand unsealed. */
export type OldColumnType =
  | 'text'
  | 'varchar'
  | 'uuid'
  | 'bytea'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'numeric'
  | 'float8'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'json'
  | 'jsonb';

/**
 * The column that holds the plaintext of a field while its own column holds cells only. It has the
 * type that it always had; a value stands in one of the two columns and never in both.
 */
export interface ManifestOldColumn {
  /** Property name in the application, which does not see it. */
  readonly name: string;
  /** Column name in the database. */
  readonly column: string;
  readonly type: OldColumnType;
  /**
   * What the type keeps of a value: characters of a `varchar`, digits behind the point of a
   * `numeric`, digits of the second of a time. Absent: all of it.
   */
  readonly limit?: number;
}

/** `real` is not among them: it keeps another number than it was given. */
const HOLDS: Readonly<Record<ValueType, readonly OldColumnType[]>> = {
  string: ['text', 'varchar', 'uuid'],
  bytes: ['bytea'],
  int: ['int2', 'int4', 'int8'],
  bigint: ['int2', 'int4', 'int8'],
  decimal: ['numeric'],
  double: ['float8'],
  boolean: ['bool'],
  date: ['date'],
  timestamp: ['timestamp', 'timestamptz'],
  json: ['json', 'jsonb'],
};

/**
 * The types of PostgreSQL that hold values of a type as they are.
 *
 * @example
 * ```ts
 * import { oldColumnTypes } from '@fieldseal/core';
 *
 * oldColumnTypes('timestamp'); // ['timestamp', 'timestamptz']
 * ```
 */
export function oldColumnTypes(type: ValueType): readonly OldColumnType[] {
  return HOLDS[type];
}

export const OLD_COLUMN_TYPES: readonly OldColumnType[] = [...new Set(Object.values(HOLDS).flat())];
