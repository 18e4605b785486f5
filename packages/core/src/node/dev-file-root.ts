import { resolve } from 'node:path';
import { createDevelopmentRoot } from '../keys/development-root.ts';
import type { Root } from '../keys/root.ts';
import { ensureDevRootKey, readDevRootKey } from './dev-root-key.ts';

export interface DevFileRootOptions {
  /**
   * A file that only its owner can read; made, with its folder, when a store is made. Keep it out
   * of version control.
   * @defaultValue `.fieldseal/dev-root` in the working directory
   */
  readonly path?: string;
}

/**
 * A root key sealed under 32 bytes in a file: for development only. Whoever can read the file can
 * read everything, so keyrings accept it with `development: true` alone.
 *
 * @throws `ERR_CONFIG_INVALID` from its methods when the file is malformed, or readable by others.
 *
 * @example
 * ```ts
 * import { devFileRoot } from '@fieldseal/core/node';
 *
 * const root = devFileRoot({ path: '.fieldseal/dev-root' });
 * ```
 */
export function devFileRoot(options: DevFileRootOptions = {}): Root {
  const path = resolve(options.path ?? '.fieldseal/dev-root');
  return createDevelopmentRoot({
    kind: 'dev-file',
    key: ({ create }) => (create ? ensureDevRootKey(path) : readDevRootKey(path)),
  });
}
