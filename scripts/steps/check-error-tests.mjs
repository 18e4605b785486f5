import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from './error-codes.mjs';
import { root } from './run.mjs';

const IGNORED = new Set(['node_modules', 'dist', 'generated']);

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

/** Error codes that no test expects. */
export function untestedErrors() {
  const text = ['packages', 'test']
    .flatMap((folder) => testFiles(join(root, folder)))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  return [...errorCodes()]
    .filter((code) => !new RegExp(`\\b${code}\\b`).test(text))
    .map((code) => `no test expects ${code}`);
}
