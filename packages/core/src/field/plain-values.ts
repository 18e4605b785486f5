import { readTextHeader } from '../cell/cell-header.ts';
import { fitsOldColumn } from '../cell/fits-old-column.ts';
import { parsePlainText, plainTextOf, startsAsCell } from '../cell/plain-text.ts';
import { ciphertextRejected } from '../errors/ciphertext-rejected.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ManifestOldColumn } from '../manifest/manifest.ts';
import type { CompiledField } from './compile-model.ts';
import type { PhaseNow } from './phase-of.ts';

const DEFAULT_MAX_BYTES = 1024 * 1024;

/**
 * Whether a stored value is plaintext in this phase. Where nothing is sealed yet the application
 * may hold text that starts as a cell does; it is one only if its header is that of a cell.
 */
export function isPlaintext(stored: unknown, { phase, readsPlaintext }: PhaseNow): boolean {
  if (!readsPlaintext || typeof stored !== 'string') return false;
  if (!startsAsCell(stored)) return true;
  return phase === 'plain' && !hasCellHeader(stored);
}

function hasCellHeader(text: string): boolean {
  try {
    readTextHeader(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads plaintext as a value of the field.
 * @throws `ERR_CIPHERTEXT_REJECTED` for text that is no value of the field's type
 */
export function readPlaintext(
  compiled: CompiledField,
  { phase }: PhaseNow,
  stored: unknown,
): unknown {
  const legacy = compiled.legacy.find((reader) => reader.recognises(stored as string));
  // on the way out nothing is left of the older library: what looks like it is no value
  if (legacy !== undefined && phase !== 'migrating') throw ciphertextRejected();
  const text = legacy === undefined ? (stored as string) : legacy.open(stored as string);
  const value = text === undefined ? undefined : parsePlainText(compiled.type, text);
  if (value === undefined) throw ciphertextRejected();
  return value;
}

/** It would be taken for a cell when it is read. */
function whyNoText(text: string): string | undefined {
  if (!startsAsCell(text)) return undefined;
  return 'Text that starts as a cell does cannot be kept as plaintext';
}

function whyNotHeld(from: ManifestOldColumn, text: string): string | undefined {
  if (fitsOldColumn(from, text)) return undefined;
  return `The old column ${from.column} would not keep the value as it is`;
}

/**
 * The plaintext of a value, for a phase in which plaintext is written.
 * @throws `ERR_VALUE_TYPE`, `ERR_VALUE_TOO_LARGE`
 */
export function writePlaintext({ type, field }: CompiledField, value: unknown): string {
  const text = plainTextOf(type, value);
  const why = field.from === undefined ? whyNoText(text) : whyNotHeld(field.from, text);
  if (why !== undefined) throw new FieldsealError('ERR_VALUE_TYPE', why);
  const limitBytes = field.maxBytes ?? DEFAULT_MAX_BYTES;
  const sizeBytes = text.length <= limitBytes / 3 ? 0 : new TextEncoder().encode(text).length;
  if (sizeBytes <= limitBytes) return text;
  const message = 'The value is larger than its field allows';
  throw new FieldsealError('ERR_VALUE_TOO_LARGE', message, { limitBytes, sizeBytes });
}
