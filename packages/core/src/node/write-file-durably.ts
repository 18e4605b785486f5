import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './system-code.ts';

async function flushFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } catch (error) {
    // Windows has no way to flush a folder
    if (systemCode(error) !== 'EPERM') throw error;
  } finally {
    await folder.close();
  }
}

/**
 * Writes a whole file so that a reader, or a crash at any moment, sees either what was there before
 * or all of the new text. The folder is created with mode 0700, the file with 0600.
 *
 * @param mode - `replace` what is there, or `create` only where nothing is.
 * @returns `false` when there was a file already and `mode` is `create`.
 */
export async function writeFileDurably(
  path: string,
  text: string,
  mode: 'replace' | 'create',
): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    if (mode === 'replace') await rename(temporary, path);
    else {
      await link(temporary, path); // fails where a file is, unlike rename
      await unlink(temporary);
    }
  } catch (error) {
    await unlink(temporary);
    if (mode === 'create' && systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  await flushFolder(path);
  return true;
}
