/** The ten value types of a cell (FORMAT.md section 3). */
export type ValueType =
  | 'string'
  | 'bytes'
  | 'int'
  | 'bigint'
  | 'decimal'
  | 'double'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'json';
