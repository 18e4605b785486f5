import type { ManifestField, ManifestIndex } from './manifest.ts';
import { parseOldColumn } from './parse-old-column.ts';
import { type ManifestPlace, manifestInvalid, readRecord } from './record-reader.ts';
import { DATABASE_NAME, ID, KEY_ALIAS, NAME, NORMALIZER, PART, REASON } from './text-rules.ts';

const VALUE_TYPES = [
  'string',
  'bytes',
  'int',
  'bigint',
  'decimal',
  'double',
  'boolean',
  'date',
  'timestamp',
  'json',
] as const;
const MAX_INDEXES = 32;
const MAX_VALUE_BYTES = 16 * 1024 * 1024;
const MAX_PAD = 65_536;

/** @throws `ERR_MANIFEST_INVALID` */
export function parseField(value: unknown, position: ManifestPlace): ManifestField {
  const record = readRecord(value, position, [
    'name',
    'column',
    'id',
    'type',
    'storage',
    'nullable',
    'key',
    'scope',
    'subject',
    'bind',
    'suite',
    'pad',
    'maxBytes',
    'phase',
    'from',
    'indexes',
  ]);
  const name = record.text('name', NAME);
  const place = { ...position, path: `${position.model}.${name}`, field: name };
  record.locate(place);
  const optional = {
    scope: record.optionalText('scope', NAME),
    subject: record.optionalText('subject', NAME),
    suite: record.optionalOneOf('suite', [1, 2] as const),
    pad: record.optionalInteger('pad', 16, MAX_PAD),
    maxBytes: record.optionalInteger('maxBytes', 1, MAX_VALUE_BYTES),
    phase: record.optionalOneOf('phase', ['plain', 'migrating', 'leaving'] as const),
  };
  if (optional.pad !== undefined && optional.pad % 16 !== 0) {
    throw manifestInvalid(place, 'pad must be a multiple of 16');
  }
  const storage = record.oneOf('storage', ['text', 'bytes'] as const);
  if (optional.phase !== undefined && storage !== 'text') {
    throw manifestInvalid(place, 'a field that is not sealed yet is in a text column');
  }
  const type = record.oneOf('type', VALUE_TYPES);
  const from = parseOldColumn(record.optional('from'), place, type);
  if (from !== undefined && optional.phase === undefined) {
    throw manifestInvalid(place, 'from has a meaning only together with phase');
  }
  const field = {
    name,
    column: record.text('column', DATABASE_NAME),
    id: record.text('id', ID),
    type,
    storage,
    nullable: record.flag('nullable'),
    key: record.isNull('key') ? null : record.text('key', KEY_ALIAS),
    ...withoutUndefined({ ...optional, from }),
    bind: record.oneOf('bind', ['row', 'field'] as const),
    indexes: Object.freeze(
      record
        .list('indexes', 0, MAX_INDEXES)
        .map((index, i) => parseIndex(index, { ...place, path: `${place.path}.indexes[${i}]` })),
    ),
  };
  return Object.freeze(field);
}

function parseIndex(value: unknown, place: ManifestPlace): ManifestIndex {
  const record = readRecord(value, place, [
    'id',
    'kind',
    'part',
    'name',
    'column',
    'normalizer',
    'global',
    'acceptLeakage',
  ]);
  const name = record.text('name', NAME);
  record.locate({ ...place, path: `${place.model}.${name}` });
  const kind = record.oneOf('kind', ['equality', 'part'] as const);
  const optional = {
    part: record.optionalText('part', PART),
    global: record.optionalText('global', REASON),
    acceptLeakage: record.optionalText('acceptLeakage', REASON),
  };
  if ((kind === 'part') !== (optional.part !== undefined)) {
    throw manifestInvalid(place, 'part must be there for kind "part" and for no other');
  }
  return Object.freeze({
    id: record.text('id', ID),
    kind,
    name,
    column: record.text('column', DATABASE_NAME),
    normalizer: record.text('normalizer', NORMALIZER),
    ...withoutUndefined(optional),
  });
}

type WithoutUndefined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Optional properties are absent in a manifest, never `undefined`. */
function withoutUndefined<T extends object>(values: T): WithoutUndefined<T> {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as WithoutUndefined<T>;
}
