import type { FieldCodecOptions } from '@fieldseal/core';

export interface FieldsealOptions extends Omit<FieldCodecOptions, 'manifest'> {
  /**
   * Whether SQL text of the application (`where('card.number = :n')`, conditions of joins, `having`)
   * that names a sealed column is refused. Text cannot be rewritten: without this, such a condition
   * compares with the cell, finds nothing, and sends the value as it is.
   * @defaultValue true
   */
  readonly strict?: boolean;
}
