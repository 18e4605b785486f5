/** A row that a job could not do, by its key; never with its value. */
export interface JobProblem {
  readonly row: string;
  /** An error code, or what is in the way: {@link ProblemCode}. */
  readonly code: string;
}

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
  /** Plaintext where there has to be a cell. */
  | 'plaintext'
  /** A cell where there has to be plaintext. */
  | 'cell';
