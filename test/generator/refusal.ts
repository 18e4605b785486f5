/** A mistake in a schema and what the generator says about it. */
export interface Refusal {
  readonly name: string;
  /** One block; `#` marks the line that the message names. */
  readonly schema: string;
  /** The message behind `file:line: `, and below it the lines to paste. */
  readonly says: readonly string[];
}
