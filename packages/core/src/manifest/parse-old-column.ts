import type { ValueType } from '../cell/value-type.ts';
import { type ManifestOldColumn, OLD_COLUMN_TYPES, oldColumnTypes } from './old-column.ts';
import { type ManifestPlace, manifestInvalid, readRecord } from './record-reader.ts';
import { DATABASE_NAME, NAME } from './text-rules.ts';

/** Largest limit of a type of PostgreSQL: characters of a `varchar`. */
const MAX_LIMIT = 10_485_760;

/**
 * @returns `undefined` where there is none
 * @throws `ERR_MANIFEST_INVALID`, also for a column that does not hold values of the field's type
 */
export function parseOldColumn(
  value: unknown,
  field: ManifestPlace,
  type: ValueType,
): ManifestOldColumn | undefined {
  if (value === undefined) return undefined;
  const place = { ...field, path: `${field.path}.from` };
  const record = readRecord(value, place, ['name', 'column', 'type', 'limit']);
  const limit = record.optionalInteger('limit', 0, MAX_LIMIT);
  const from = {
    name: record.text('name', NAME),
    column: record.text('column', DATABASE_NAME),
    type: record.oneOf('type', OLD_COLUMN_TYPES),
    ...(limit === undefined ? {} : { limit }),
  };
  const holds = oldColumnTypes(type);
  if (holds.includes(from.type)) return Object.freeze(from);
  const message = `a ${type} is held by ${holds.join(' or ')}, not by ${from.type}`;
  throw manifestInvalid(place, message);
}
