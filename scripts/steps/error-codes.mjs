import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/** @returns {ReadonlySet<string>} the closed list of error codes, as the core declares it */
export function errorCodes() {
  const source = readFileSync(join(root, 'packages/core/src/errors/error-code.ts'), 'utf8');
  const start = source.indexOf('export type ErrorCode');
  const union = source.slice(start, source.indexOf(';', start));
  return new Set(union.match(/ERR_[A-Z_]+/g) ?? []);
}
