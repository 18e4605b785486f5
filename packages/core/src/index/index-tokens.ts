import { concatBytes } from '../bytes/concat.ts';
import { encodeContext } from '../bytes/context.ts';
import { encodeValue } from '../cell/encode-value.ts';
import type { ValueType } from '../cell/value-type.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ManifestField, ManifestIndex } from '../manifest/manifest.ts';
import { canonicalDecimal } from './canonical-decimal.ts';
import type { Normalizer } from './normalizer.ts';
import type { PartFunction } from './part-function.ts';

/** Kind byte and token size (FORMAT.md section 6). */
const KINDS = {
  equality: { byte: 1, bytes: 32 },
  part: { byte: 3, bytes: 16 },
} as const;

const DEFAULT_MAX_BYTES = 1024 * 1024;
const NO_PARAMETERS = new Uint8Array(0);
const ascii = new TextDecoder();

/** How the tokens of one index are made; everything but the key. */
export interface IndexTokens {
  readonly index: ManifestIndex;
  /** Whether the token key is derived per tenant. */
  readonly perTenant: boolean;
  /** Length of a token: 32 bytes for equality, 16 for parts. */
  readonly bytes: number;
  /** Parameters in the derivation of the token key. */
  readonly params: Uint8Array;
  readonly part: PartFunction | undefined;
  readonly normalize: Normalizer;
  /**
   * What the token of a field's value is the MAC of.
   * @throws `ERR_VALUE_TYPE`, `ERR_VALUE_TOO_LARGE`
   */
  messageOf(value: unknown): Uint8Array;
  /** The same for a part that is known already, as in a lookup. */
  messageOfPart(part: unknown): Uint8Array;
}

/** Numbers that are equal have one encoding. */
function canonical(type: ValueType, value: unknown): Uint8Array {
  if (type === 'decimal') {
    const text = ascii.decode(encodeValue(type, value).subarray(1));
    return encodeValue(type, canonicalDecimal(text));
  }
  return encodeValue(type, type === 'double' && value === 0 ? 0 : value);
}

/** Before any work is done on it: nothing longer can be in a cell. */
function checkSize(value: unknown, limitBytes: number): void {
  const sizeBytes = typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
  if (sizeBytes <= limitBytes) return;
  const message = 'The value is larger than its field allows';
  throw new FieldsealError('ERR_VALUE_TOO_LARGE', message, { limitBytes, sizeBytes });
}

/**
 * @param part - The part function of an index of kind `part`.
 * @param isCustomPart - Its name then is a parameter of the token key; those that come with
 * Fieldseal have none (FORMAT.md section 6).
 */
export function createIndexTokens(options: {
  readonly field: ManifestField;
  readonly index: ManifestIndex;
  readonly normalize: Normalizer;
  readonly part?: PartFunction | undefined;
  readonly isCustomPart?: boolean;
}): IndexTokens {
  const { field, index, part, isCustomPart = false } = options;
  const { byte, bytes } = KINDS[index.kind];
  const kind = Uint8Array.of(byte);
  const type = part?.partType ?? field.type;

  /** A value of another type is refused by its encoding, with the message of its type. */
  const normalize: Normalizer = (value) =>
    typeof value === 'string' && field.type === 'string' ? options.normalize(value) : value;
  const messageOfPart = (value: unknown): Uint8Array => concatBytes(kind, canonical(type, value));

  return {
    index,
    perTenant: field.scope !== undefined && index.global === undefined,
    bytes,
    params: isCustomPart ? encodeContext({ part: index.part }) : NO_PARAMETERS,
    part,
    normalize,
    messageOfPart,
    messageOf(value) {
      checkSize(value, field.maxBytes ?? DEFAULT_MAX_BYTES);
      if (part === undefined) return messageOfPart(normalize(value as string));
      // refuses what is not of the field's type before a part function sees it
      encodeValue(field.type, value);
      return messageOfPart(part.partOf(normalize(value as string)));
    },
  };
}
