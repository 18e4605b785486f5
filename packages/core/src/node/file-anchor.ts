import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { EpochAnchor } from '../keys/root.ts';
import { systemCode } from './system-code.ts';
import { writeFileDurably } from './write-file-durably.ts';

/** Where the anchor of one host is kept. */
export interface FileAnchorOptions {
  /**
   * A file on this host, outside the database and its backups, that all processes of the
   * application may read and write. Created when missing, mode 0600.
   */
  readonly path: string;
}

const ANCHOR = /^fieldseal-anchor-1 (fsp1\.[A-Za-z0-9_-]{27}) (0|[1-9][0-9]{0,18})\n$/;

function unusable(reason: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', 'The anchor file cannot be used', {
    option: 'anchor',
    reason,
  });
}

/**
 * Remembers the store's epoch in a file, so that a database restored to an older state is refused
 * (`ERR_STORE_ROLLED_BACK`). Written whole and flushed; several processes may share one file.
 *
 * @throws `ERR_CONFIG_INVALID` from its methods when the file is unreadable, unwritable or
 * malformed; `meta.reason` has the system's code or `malformed`.
 *
 * @example
 * ```ts
 * import { fileAnchor } from '@fieldseal/core/node';
 *
 * const anchor = fileAnchor({ path: '/var/lib/my-app/fieldseal.anchor' });
 * ```
 */
export function fileAnchor(options: FileAnchorOptions): EpochAnchor {
  const path = resolve(options.path);

  const read: EpochAnchor['read'] = async () => {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw unusable(systemCode(error) ?? 'unreadable');
    }
    const [, pin, epoch] = ANCHOR.exec(text) ?? [];
    if (pin === undefined || epoch === undefined) throw unusable('malformed');
    return { pin, epoch: BigInt(epoch) };
  };

  return {
    read,
    async write({ pin, epoch }) {
      const known = await read();
      // another process on this host may have seen a later epoch already
      if (known !== null && known.pin === pin && known.epoch >= epoch) return;
      try {
        await writeFileDurably(path, `fieldseal-anchor-1 ${pin} ${epoch}\n`, 'replace');
      } catch (error) {
        throw unusable(systemCode(error) ?? 'unwritable');
      }
    },
  };
}
