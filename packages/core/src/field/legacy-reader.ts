import { FieldsealError } from '../errors/fieldseal-error.ts';

/**
 * Opens values that another library encrypted, while a field is `migrating`: they count as
 * plaintext that has to be read first. The job re-seals them.
 */
export interface LegacyReader {
  /** Of library and mode, such as `typeorm-encrypted aes-256-cbc`; shown in reports. */
  readonly name: string;
  /** Whether the mode notices an edited value. Values of one that does not are counted by name. */
  readonly isAuthenticated: boolean;
  /** Whether a text is in the form of this library. Called for text that does not start with `fs1.`. */
  recognises(text: string): boolean;
  /** @returns the plaintext, `undefined` when the text does not open. Must not throw. */
  open(text: string): string | undefined;
}

/**
 * Checks the readers of an application and keeps what they throw, which may quote values, to
 * themselves.
 * @throws `ERR_CONFIG_INVALID`
 */
export function legacyReaders(option: string, given: unknown): readonly LegacyReader[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || !given.every(isReader)) {
    throw new FieldsealError('ERR_CONFIG_INVALID', 'Must be a list of legacy readers', { option });
  }
  return given.map(guarded);
}

function isReader(value: unknown): value is LegacyReader {
  const reader = value as Partial<LegacyReader> | null | undefined;
  return (
    typeof reader?.name === 'string' &&
    typeof reader.isAuthenticated === 'boolean' &&
    typeof reader.recognises === 'function' &&
    typeof reader.open === 'function'
  );
}

function guarded(reader: LegacyReader): LegacyReader {
  const { name, isAuthenticated } = reader;
  return {
    name,
    isAuthenticated,
    recognises: (text) => quietly(() => reader.recognises(text)) === true,
    open: (text) => quietly(() => reader.open(text)),
  };
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
