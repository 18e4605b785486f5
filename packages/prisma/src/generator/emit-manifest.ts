import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrismaManifest } from '../manifest/prisma-manifest.ts';

const HEADER = '// Written by fieldseal-prisma. Run "prisma generate" instead of editing it.\n';
const TYPE_IMPORT = "import type { PrismaManifest } from '@fieldseal/prisma';\n";

/**
 * Writes the manifest as a module. A client of TypeScript files is compiled with the application,
 * and so must be the manifest; beside a JavaScript client it is JavaScript with a declaration.
 */
export function emitManifest(
  manifest: PrismaManifest,
  { output, format }: { readonly output: string; readonly format: 'typescript' | 'javascript' },
): void {
  mkdirSync(output, { recursive: true });
  const json = JSON.stringify(manifest, undefined, 2);
  const write = (name: string, text: string): void => {
    writeFileSync(join(output, name), text);
  };
  if (format === 'typescript') {
    write(
      'index.ts',
      `${HEADER}${TYPE_IMPORT}\nexport const manifest: PrismaManifest = ${json};\n`,
    );
    return;
  }
  write('index.js', `${HEADER}export const manifest = ${json};\n`);
  write('index.d.ts', `${HEADER}${TYPE_IMPORT}\nexport declare const manifest: PrismaManifest;\n`);
  write('package.json', '{ "type": "module" }\n');
}
