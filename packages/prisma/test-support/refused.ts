/** An operation that has to be refused, and how. */
export interface Refused {
  readonly model: string;
  readonly operation: string;
  readonly args: object;
  readonly code?: string;
  /** Model of the field when it is not the one asked. */
  readonly of?: string;
  readonly field: string;
  readonly operator?: string;
}
