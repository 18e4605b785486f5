/** Which rows a step reads. */
export interface RowFilter {
  /** Over the columns of `t`; names its values `$2`, `$3` and so on. */
  readonly sql: string;
  readonly values: readonly unknown[];
}
