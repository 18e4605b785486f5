/**
 * What one level of a result holds, known before the query runs: which properties were added for
 * opening and leave the result again, and the plans of the relations below.
 */
export interface SelectionPlan {
  readonly model: string;
  /** Properties that the application did not ask for. */
  readonly strip: readonly string[];
  /** Names of indexes whose token columns are in the rows, to be verified. */
  readonly verify: readonly string[];
  readonly relations: ReadonlyMap<string, SelectionPlan>;
}
