import { FieldsealError } from '@fieldseal/core';
import type { ValueTransformer } from 'typeorm';
import type { EncryptedOptions } from './annotation.ts';
import { OpenedValue, openedValueOf } from './opened-value.ts';
import { Parameter } from './parameter.ts';
import { SealedValue, snapshotOf } from './sealed-value.ts';
import { takeSnapshot } from './snapshot.ts';

/**
 * The transformer of a sealed column, and the mark by which the column is known. TypeORM shares it
 * between all tables and data sources that the annotated class takes part in, so it knows nothing
 * of either.
 */
export class FieldTransformer implements ValueTransformer {
  readonly annotation: EncryptedOptions;
  /**
   * TypeORM's dirty check transforms the value of the database and the value of the entity one
   * after the other and compares the results by identity. What a WeakRef was made with or has
   * given lives until the running job ends, so the first of the two is still there.
   */
  #last: WeakRef<SealedValue> | undefined;

  constructor(annotation: EncryptedOptions) {
    this.annotation = annotation;
  }

  /** @returns NULL and parameters as they are, anything else as a {@link SealedValue} */
  to(value: unknown): unknown {
    if (value === null || value === undefined) return value;
    if (value instanceof Parameter || value instanceof SealedValue) return value;
    const snapshot = takeSnapshot(this.annotation.type ?? 'string', value);
    const last = this.#last?.deref();
    if (last !== undefined && snapshotOf(last).equals(snapshot)) return last;
    const sealed = new SealedValue(snapshot);
    this.#last = new WeakRef(sealed);
    return sealed;
  }

  /** @throws FieldsealError `ERR_NOT_WIRED` for a value that nothing has opened */
  from(raw: unknown): unknown {
    if (raw === null || raw === undefined) return raw;
    if (raw instanceof OpenedValue) return openedValueOf(raw);
    const message =
      'A cell was read that nothing has opened: call fieldseal(dataSource, options), or list fieldsealSubscriber(options), and read sealed fields through entities';
    throw new FieldsealError('ERR_NOT_WIRED', message);
  }
}
