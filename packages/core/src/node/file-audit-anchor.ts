import { readdir, readFile, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AuditAnchor } from '../audit/audit-anchor.ts';
import type { AuditPoint } from '../audit/audit-chain.ts';
import { hexOf } from '../bytes/hex.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { systemCode } from './system-code.ts';
import { writeFileDurably } from './write-file-durably.ts';

export interface FileAuditAnchorOptions {
  /**
   * A folder on this host, outside the database and its backups, that all processes of the
   * application may read and write. Created when missing, mode 0700; one small file for each chain
   * that has not ended.
   */
  readonly folder: string;
}

const ANCHOR = /^fieldseal-audit-anchor-1 ([a-z0-9-]{1,63}) ([1-9][0-9]{0,18}) ([0-9a-f]{64})\n$/;
const SUFFIX = '.anchor';

function unusable(reason: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', 'The anchors of the audit trail cannot be used', {
    option: 'folder',
    reason,
  });
}

/** What `work` gives; `missing` where there is no such file. */
async function where<T>(work: () => Promise<T>, missing: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return missing;
    throw unusable(systemCode(error) ?? 'unusable');
  }
}

/**
 * Remembers in files how far audit chains went, so that cutting their ends is found. Each file is
 * written whole and flushed, and never goes back.
 *
 * @throws `ERR_CONFIG_INVALID` from its methods when a file is unreadable, unwritable or malformed;
 * `ERR_AUDIT_BROKEN` when an entry is not the one that was remembered.
 *
 * @example
 * ```ts
 * import { fileAuditAnchor } from '@fieldseal/core/node';
 *
 * const anchor = fileAuditAnchor({ folder: '/var/lib/my-app/fieldseal-audit' });
 * ```
 */
export function fileAuditAnchor(options: FileAuditAnchorOptions): AuditAnchor {
  const folder = resolve(options.folder);
  const pathOf = (chain: string): string => join(folder, `${chain}${SUFFIX}`);

  async function readPoint(path: string): Promise<AuditPoint | null> {
    const text = await where<string | null>(() => readFile(path, 'utf8'), null);
    if (text === null) return null;
    const [, chain, sequence, hash] = ANCHOR.exec(text) ?? [];
    if (chain === undefined || sequence === undefined || hash === undefined) {
      throw unusable('malformed');
    }
    return { chain, sequence: BigInt(sequence), hash: new Uint8Array(Buffer.from(hash, 'hex')) };
  }

  return {
    async read() {
      const names = await where<string[]>(() => readdir(folder), []);
      const paths = names.filter((name) => name.endsWith(SUFFIX)).map((name) => join(folder, name));
      const points: AuditPoint[] = [];
      for (const path of paths.sort()) {
        const point = await readPoint(path);
        if (point !== null) points.push(point);
      }
      return points;
    },
    async write({ chain, sequence, hash }) {
      const known = await readPoint(pathOf(chain));
      if (known !== null && known.sequence === sequence && hexOf(known.hash) !== hexOf(hash)) {
        throw new FieldsealError('ERR_AUDIT_BROKEN', 'The audit trail is not what it was', {
          reason: 'REWRITTEN',
        });
      }
      // another process on this host may have signed a later entry already
      if (known !== null && known.sequence >= sequence) return;
      const text = `fieldseal-audit-anchor-1 ${chain} ${sequence} ${hexOf(hash)}\n`;
      try {
        await writeFileDurably(pathOf(chain), text, 'replace');
      } catch (error) {
        throw unusable(systemCode(error) ?? 'unwritable');
      }
    },
    forget: (chain) => where(() => unlink(pathOf(chain)), undefined),
  };
}
