import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from './schema-source.ts';

/**
 * Reads a schema as Prisma does: one file, or every `.prisma` file in a folder and below it.
 * @param path absolute path of the file or the folder
 */
export function readSchemaFiles(path: string): readonly SourceFile[] {
  if (!statSync(path).isDirectory()) return [{ path, text: readFileSync(path, 'utf8') }];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => ({ path: file, text: readFileSync(file, 'utf8') }));
}
