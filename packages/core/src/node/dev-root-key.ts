import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { systemCode } from './system-code.ts';
import { writeFileDurably } from './write-file-durably.ts';

const DEV_ROOT = /^fieldseal-dev-root-1 ([A-Za-z0-9_-]{43})\n$/;

function unusable(reason: string): FieldsealError {
  const message = 'The development root file cannot be used; it must be readable by its owner only';
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'path', reason });
}

/** Reads the 32 bytes of a development root file, or `null` when there is none. */
export async function readDevRootKey(path: string): Promise<Uint8Array | null> {
  let text: string;
  try {
    const file = await open(path, 'r');
    try {
      const { mode } = await file.stat();
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw unusable('mode');
      text = await file.readFile('latin1');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof FieldsealError) throw error;
    if (systemCode(error) === 'ENOENT') return null;
    throw unusable(systemCode(error) ?? 'unreadable');
  }
  const key = Buffer.from(DEV_ROOT.exec(text)?.[1] ?? '', 'base64url');
  if (key.length !== 32) throw unusable('malformed');
  return key;
}

/** Reads the file, or creates it; two processes at once end with the same key. */
export async function ensureDevRootKey(path: string): Promise<Uint8Array> {
  const known = await readDevRootKey(path);
  if (known !== null) return known;
  const fresh = randomBytes(32);
  try {
    const text = `fieldseal-dev-root-1 ${fresh.toString('base64url')}\n`;
    await writeFileDurably(path, text, 'create');
  } catch (error) {
    throw unusable(systemCode(error) ?? 'unwritable');
  }
  fresh.fill(0);
  const winner = await readDevRootKey(path);
  if (winner === null) throw unusable('ENOENT');
  return winner;
}
