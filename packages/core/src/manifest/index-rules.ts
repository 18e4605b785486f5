import type { ManifestField, ManifestIndex, ManifestModel } from './manifest.ts';
import { type ManifestPlace, manifestInvalid } from './record-reader.ts';

const ACCEPT = 'it needs acceptLeakage with the reason for accepting that';

/** Types with fewer than 2^20 values that occur in practice: each token can be guessed. */
const FEW_VALUES: Readonly<Partial<Record<ManifestField['type'], string>>> = {
  boolean: 'has two values',
  date: 'has about 37,000 values in a century',
};

/** What the parts that come with Fieldseal are parts of. */
const PART_TYPES: Readonly<Partial<Record<string, readonly ManifestField['type'][]>>> = {
  last4: ['string'],
  first6: ['string'],
  year: ['date', 'timestamp'],
};

/**
 * One index of each kind, so that an operator has one answer; only on values that it can take; and
 * what the indexes of a field disclose together has to be accepted in writing (DESIGN section 7).
 * @throws `ERR_MANIFEST_INVALID`
 */
export function checkIndexes(model: ManifestModel, field: ManifestField): void {
  const kinds = new Set<string>();
  for (const index of field.indexes) {
    const kind = index.part ?? index.kind;
    const place = placeOf(model, field, index);
    if (kinds.has(kind)) throw manifestInvalid(place, `${field.name} has another ${kind} index`);
    kinds.add(kind);
    checkType(field, index, place);
    if (index.acceptLeakage === undefined) checkIndex(field, index, place);
  }
}

function placeOf(model: ManifestModel, field: ManifestField, index: ManifestIndex): ManifestPlace {
  return { path: `${model.name}.${index.name}`, model: model.name, field: field.name };
}

function checkType(field: ManifestField, index: ManifestIndex, place: ManifestPlace): void {
  if (field.type === 'json') {
    throw manifestInvalid(place, 'json is not canonical, so it cannot have an index');
  }
  if (field.type !== 'string' && index.normalizer !== 'raw@1') {
    throw manifestInvalid(place, 'only strings can have a normalizer other than raw@1');
  }
  const types = index.part === undefined ? undefined : PART_TYPES[index.part];
  if (types !== undefined && !types.includes(field.type)) {
    throw manifestInvalid(place, `${index.part} is a part of ${types.join(' or ')} only`);
  }
}

function checkIndex(field: ManifestField, index: ManifestIndex, place: ManifestPlace): void {
  if (index.kind === 'part') {
    throw manifestInvalid(place, `a part of a value has few values; ${ACCEPT}`);
  }
  const few = FEW_VALUES[field.type];
  if (few !== undefined) throw manifestInvalid(place, `a ${field.type} ${few}; ${ACCEPT}`);
  const parts = new Set(field.indexes.map(({ part }) => part));
  if (parts.has('first6') && parts.has('last4')) {
    const message = 'beside first6 and last4 it leaves about 10^5 candidates for a card number';
    throw manifestInvalid(place, `${message}; ${ACCEPT}`);
  }
}
