import { Parameter } from '../annotation/parameter.ts';
import { redactedOnce } from './driver-value.ts';

/** Plaintext that a lookup compares with, kept from loggers, errors and the query cache. */
export class PlainParameter extends Parameter {
  readonly #texts: readonly string[];

  constructor(texts: readonly string[]) {
    super();
    this.#texts = texts;
  }

  /** A list for `= ANY`. */
  override toPostgres(): readonly string[] {
    return this.#texts;
  }

  override toJSON(): string {
    return redactedOnce();
  }
}
