/** A row that a job could not do, by its key; never with its value. */
export interface JobProblem {
  readonly row: string;
  readonly class: ProblemClass;
  /** An error code, or what is in the way: {@link ProblemCode}. */
  readonly code: string;
}

/** What is wrong with a row, coarsely: each class has one cure. */
export type ProblemClass =
  /** The cell names a data key that the key store does not have. */
  | 'unknown-key'
  /** The key of the cell was shredded, destroyed or revoked. */
  | 'ended-key'
  /** The cell is of another tenant or subject than the row, or the row does not say whose it is. */
  | 'wrong-scope'
  /** No cell, an altered one, or one of another field or row. */
  | 'rejected'
  /** The value is not of the declared type, or the column does not take what it becomes. */
  | 'type'
  /** A token that is not the value's: lookups of another value meet the row. */
  | 'wrong-token'
  /** No token beside a value: lookups do not find the row. */
  | 'no-token'
  /** Another row has the token, and the index is unique. */
  | 'duplicate'
  /** Not what the phase of the field asks for. */
  | 'phase';

/** What stands in the way besides the errors of Fieldseal. */
export type ProblemCode =
  /** A value in both of its columns: which is the newer one, nobody can tell. */
  | 'two-values'
  /** Plaintext begins with `fs1.` and would be taken for a cell. */
  | 'starts-as-cell'
  /** The text is no value of the declared type, or a legacy value that its key does not open. */
  | 'not-of-type'
  /** The value has the token of another row, and the index is unique. */
  | 'duplicate'
  /** The column does not take what the value becomes. */
  | 'refused-by-database'
  /** The database takes the statement and leaves the row as it is: a trigger, a policy. */
  | 'not-written'
  /** The row that the cell was sealed for is there as well, so this is a copy of it. */
  | 'original-is-there'
  /** There is no row with the key that was named. */
  | 'no-such-row'
  /** What shredding has left of a cell: nothing is wrong with it, and it is counted apart. */
  | 'tombstone'
  /** Plaintext where there has to be a cell. */
  | 'plaintext'
  /** A cell where there has to be plaintext. */
  | 'cell';

/** Errors that are about a row itself. Any other, such as a key store that is away, ends the job. */
export type RowErrorCode =
  | 'ERR_CIPHERTEXT_REJECTED'
  | 'ERR_CELL_TYPE'
  | 'ERR_INDEX_MISMATCH'
  | 'ERR_VALUE_TYPE'
  | 'ERR_VALUE_TOO_LARGE'
  | 'ERR_ROW_IDENTITY'
  | 'ERR_SCOPE_REQUIRED'
  | 'ERR_KEY_DESTROYED'
  | 'ERR_KEY_VERSION_REVOKED';

/** Code of rows that are noted and stand in nobody's way. */
export const TOMBSTONE: ProblemCode = 'tombstone';

const CLASSES: Readonly<Record<ProblemCode | RowErrorCode, ProblemClass>> = {
  ERR_CIPHERTEXT_REJECTED: 'rejected',
  ERR_CELL_TYPE: 'type',
  ERR_INDEX_MISMATCH: 'wrong-token',
  ERR_VALUE_TYPE: 'type',
  ERR_VALUE_TOO_LARGE: 'type',
  ERR_ROW_IDENTITY: 'type',
  ERR_SCOPE_REQUIRED: 'wrong-scope',
  ERR_KEY_DESTROYED: 'ended-key',
  ERR_KEY_VERSION_REVOKED: 'ended-key',
  'two-values': 'phase',
  'starts-as-cell': 'phase',
  'not-of-type': 'type',
  duplicate: 'duplicate',
  'refused-by-database': 'type',
  'not-written': 'type',
  'original-is-there': 'rejected',
  'no-such-row': 'rejected',
  tombstone: 'ended-key',
  plaintext: 'phase',
  cell: 'phase',
};

/** Whether somebody has to mend the row. */
export function isInTheWay({ code }: Pick<JobProblem, 'code'>): boolean {
  return code !== TOMBSTONE;
}

export function isRowError(code: string): code is RowErrorCode {
  return code.startsWith('ERR_') && Object.hasOwn(CLASSES, code);
}

/** A problem of the class that its code is of, where nothing more is known. */
export function problemOf(row: string, code: ProblemCode | RowErrorCode): JobProblem {
  return { row, class: CLASSES[code], code };
}
