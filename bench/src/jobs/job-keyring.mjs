import { openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';

/** A keyring that threads can open as well. */
export function openJobKeyring({ url, rootFile }) {
  return openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: rootFile })],
    environment: 'bench-jobs',
    development: true,
    createMissingAliases: true,
  });
}
