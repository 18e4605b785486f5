import { FieldsealError } from '@fieldseal/core';
import { Redacted } from './redacted.ts';
import type { Snapshot } from './snapshot.ts';

let readValue: (sealed: SealedValue) => unknown;
let readSnapshot: (sealed: SealedValue) => Snapshot;

/**
 * What the transformer of a sealed column makes of a plain value: an envelope that TypeORM carries
 * to the statement without looking into it. There it is replaced by a cell; where nothing does
 * that, the driver gets an error instead of plaintext.
 */
export class SealedValue extends Redacted {
  protected get label(): string {
    return 'sealed value';
  }
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    super();
    this.#snapshot = snapshot;
  }

  static {
    readSnapshot = (sealed) => sealed.#snapshot;
    readValue = (sealed) => sealed.#snapshot.read();
  }

  /** @throws FieldsealError `ERR_NOT_WIRED` always */
  toPostgres(): never {
    const message =
      'A plain value of a sealed field reached the driver: call fieldseal(dataSource, options), or list fieldsealSubscriber(options)';
    throw new FieldsealError('ERR_NOT_WIRED', message);
  }
}

/** The plaintext, for the code that seals it. */
export function plainValueOf(sealed: SealedValue): unknown {
  return readValue(sealed);
}

export function snapshotOf(sealed: SealedValue): Snapshot {
  return readSnapshot(sealed);
}
