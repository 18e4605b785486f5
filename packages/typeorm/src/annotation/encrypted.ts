import { FieldsealError } from '@fieldseal/core';
import { Index } from 'typeorm';
import { absorbColumn } from './absorb-column.ts';
import type { EncryptedDefaults, EncryptedOptions } from './annotation.ts';
import { annotationInvalid } from './annotation-invalid.ts';
import { checkDefaults, checkOptions, given } from './check-options.ts';
import { setClassDefaults } from './class-defaults.ts';
import { indexesOf, sealedColumnOptions, tokenColumnOptions } from './column-options.ts';
import { FieldTransformer } from './field-transformer.ts';
import { columnArgsOf, registerColumn, removeColumn } from './register-column.ts';

export interface EncryptedDecorator {
  /**
   * @param options - Value type, key, tenant, indexes and the options of the column.
   * @throws FieldsealError `ERR_ANNOTATION_INVALID` that names the property
   */
  (options?: EncryptedOptions): PropertyDecorator;
  /**
   * Options for all sealed fields of a class and of those that extend it; a field's own win.
   *
   * @throws FieldsealError `ERR_ANNOTATION_INVALID` that names the class
   *
   * @example
   * ```ts
   * import { Encrypted } from '@fieldseal/typeorm';
   * import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
   *
   * @Entity('customers')
   * @Encrypted.defaults({ key: 'alias/kyc', scope: 'tenantId' })
   * class Customer {
   *   @PrimaryGeneratedColumn('uuid') id!: string;
   *   @Column('text') tenantId!: string;
   *   @Encrypted() name!: string;
   * }
   * ```
   */
  defaults(options: EncryptedDefaults): ClassDecorator;
}

/**
 * Seals a property: its column holds cells, the entity holds plaintext. Alone it declares the
 * column; beside `@Column`, in either order, it takes over the options of that one.
 *
 * The keys of `index` name the hidden columns that hold tokens. The application never sees them: a
 * condition names the sealed property.
 *
 * @example
 * ```ts
 * import { Encrypted, equality, last4 } from '@fieldseal/typeorm';
 * import { Entity, PrimaryGeneratedColumn } from 'typeorm';
 *
 * @Entity('cards')
 * class Card {
 *   @PrimaryGeneratedColumn('uuid') id!: string;
 *
 *   @Encrypted({
 *     key: 'alias/kyc',
 *     normalize: 'digits',
 *     index: { numberToken: equality(), numberLast4: last4({ acceptLeakage: 'support' }) },
 *   })
 *   number!: string;
 *
 *   @Encrypted({ type: 'date', nullable: true }) expires!: Date | null;
 * }
 * ```
 */
export const Encrypted: EncryptedDecorator = Object.assign(encrypted, { defaults });

function encrypted(options: EncryptedOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    const target = classOf(prototype, property);
    const name = property as string;
    checkOptions(target.name, name, options);
    const transformer = new FieldTransformer(given(options));
    const column = columnArgsOf(target, name).reduce(
      absorbColumn,
      sealedColumnOptions(transformer),
    );
    registerColumn(target, name, column);
    for (const args of columnArgsOf(target, name)) {
      if (args.options !== column) removeColumn(args);
    }
    for (const [token, index] of indexesOf(options)) {
      registerColumn(target, token, tokenColumnOptions(column, index));
      Index({ unique: index.unique })(prototype, token);
    }
  };
}

function defaults(options: EncryptedDefaults): ClassDecorator {
  return (target) => {
    checkDefaults(target.name, options);
    setClassDefaults(target, given(options));
  };
}

/** @throws FieldsealError `ERR_ANNOTATION_INVALID` where no property of instances is annotated */
function classOf(prototype: object | undefined, property: unknown) {
  if (typeof prototype !== 'object') {
    const message =
      'Entities of TypeORM need the older decorators: set "experimentalDecorators" in tsconfig.json, and annotate properties of instances';
    throw new FieldsealError('ERR_ANNOTATION_INVALID', message);
  }
  const target = prototype.constructor;
  if (typeof property === 'string') return target;
  throw annotationInvalid(target.name, String(property), 'a symbol has no column');
}
