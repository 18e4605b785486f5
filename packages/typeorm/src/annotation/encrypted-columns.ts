import type { EntitySchemaColumnOptions, EntitySchemaIndexOptions } from 'typeorm';
import type { EncryptedDefaults, EncryptedOptions } from './annotation.ts';
import { annotationInvalid } from './annotation-invalid.ts';
import { checkDefaults, checkOptions, given } from './check-options.ts';
import { indexesOf, sealedColumnOptions, tokenColumnOptions } from './column-options.ts';
import { FieldTransformer } from './field-transformer.ts';

/** To be spread into the options of an `EntitySchema`. */
export interface EncryptedColumns {
  readonly columns: Record<string, EntitySchemaColumnOptions>;
  readonly indices: EntitySchemaIndexOptions[];
}

/** Names the place in errors: which schema the columns go into is not known yet. */
const PLACE = 'encryptedColumns';

/**
 * Sealed columns, their token columns and the indexes of these, for an `EntitySchema`: for plain
 * JavaScript and for entities without decorators.
 *
 * @param fields - Options of the decorator `Encrypted`, by property name.
 * @param defaults - Options of all these fields; a field's own win.
 * @throws FieldsealError `ERR_ANNOTATION_INVALID` that names the property
 *
 * @example
 * ```ts
 * import { encryptedColumns, equality } from '@fieldseal/typeorm';
 * import { EntitySchema } from 'typeorm';
 *
 * const sealed = encryptedColumns(
 *   { aadhaar: { normalize: 'digits', index: { aadhaarToken: equality() } } },
 *   { key: 'alias/kyc', scope: 'tenantId' },
 * );
 *
 * const Customer = new EntitySchema({
 *   name: 'Customer',
 *   tableName: 'customers',
 *   columns: {
 *     id: { type: 'uuid', primary: true, generated: 'uuid' },
 *     tenantId: { type: 'text' },
 *     ...sealed.columns,
 *   },
 *   indices: [...sealed.indices],
 * });
 * ```
 */
export function encryptedColumns(
  fields: Readonly<Record<string, EncryptedOptions>>,
  defaults: EncryptedDefaults = {},
): EncryptedColumns {
  checkDefaults(PLACE, defaults);
  const columns: Record<string, EntitySchemaColumnOptions> = {};
  const indices: EntitySchemaIndexOptions[] = [];
  const add = (name: string, column: object): void => {
    if (Object.hasOwn(columns, name))
      throw annotationInvalid(
        PLACE,
        name,
        'it is declared twice; give one of the two another name',
      );
    columns[name] = column as EntitySchemaColumnOptions;
  };
  for (const [name, options] of Object.entries(fields)) {
    checkOptions(PLACE, name, options);
    const annotation = given({ ...given(defaults), ...given(options) });
    const column = sealedColumnOptions(new FieldTransformer(annotation));
    add(name, column);
    for (const [token, index] of indexesOf(annotation)) {
      add(token, tokenColumnOptions(column, index));
      indices.push({ columns: [token], unique: index.unique });
    }
  }
  return { columns, indices };
}
