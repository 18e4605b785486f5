import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder that every user can enter: a database server does not run as root. It is removed by
 * `remove`, and at the latest when this process exits.
 *
 * @param {string} name is part of the folder's name
 * @param {() => void} [beforeRemoval] runs when this process exits and the folder is still there
 * @returns {{ path: string, remove: () => void }}
 */
export function temporaryFolder(name, beforeRemoval = () => {}) {
  const path = mkdtempSync(join(tmpdir(), `fieldseal-${name}-`));
  chmodSync(path, 0o755);
  // a server that is going down may still write
  const removeFiles = () => rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  const onExit = () => {
    beforeRemoval();
    removeFiles();
  };
  process.once('exit', onExit);
  return {
    path,
    remove() {
      process.off('exit', onExit);
      removeFiles();
    },
  };
}
