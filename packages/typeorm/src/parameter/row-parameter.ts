import { Parameter } from '../annotation/parameter.ts';
import { asBuffer, notBound, redactedOnce } from './driver-value.ts';
import type { PendingRow } from './pending-row.ts';

/** A cell, or a token beside it, in the place of an SQL parameter. */
export class RowParameter extends Parameter {
  readonly #row: PendingRow;
  readonly #name: string;
  #value: unknown;

  /** @param name - Property name of the sealed field or of the token column. */
  constructor(row: PendingRow, name: string) {
    super();
    this.#row = row;
    this.#name = name;
  }

  get row(): PendingRow {
    return this.#row;
  }

  /** @param sealed - The row with cells and tokens in the place of values. */
  bind(sealed: Readonly<Record<string, unknown>>): void {
    this.#value = asBuffer(sealed[this.#name]);
  }

  /** Called by `pg` for each parameter that is an object. */
  override toPostgres(): unknown {
    if (this.#value === undefined) throw notBound();
    return this.#value;
  }

  override toJSON(): string {
    return redactedOnce();
  }
}
