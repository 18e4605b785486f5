import { writeFile } from 'node:fs/promises';
import { FieldsealError } from '@fieldseal/core';

/**
 * Writes a file that its owner alone can read, never over one that is there.
 * @throws `ERR_REQUEST_INVALID`
 */
export async function writeNewFile(
  file: string,
  content: Uint8Array | string | AsyncIterable<string>,
): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (error instanceof FieldsealError) throw error;
    throw unwritable(file);
  }
}

function unwritable(file: string): FieldsealError {
  const message = `${file} cannot be written, or is there already`;
  return new FieldsealError('ERR_REQUEST_INVALID', message, { file });
}
