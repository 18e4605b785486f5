import { Redacted } from './redacted.ts';

let readValue: (opened: OpenedValue) => unknown;

/**
 * An opened cell in a raw row: the only thing, besides NULL, that the transformer of a sealed
 * column takes from the database.
 */
export class OpenedValue extends Redacted {
  protected get label(): string {
    return 'opened value';
  }
  readonly #value: unknown;

  constructor(value: unknown) {
    super();
    this.#value = value;
  }

  static {
    readValue = (opened) => opened.#value;
  }
}

/** The plaintext, for the entity. */
export function openedValueOf(opened: OpenedValue): unknown {
  return readValue(opened);
}
