import {
  type CountCells,
  type DataKeyDescription,
  FieldsealError,
  type Manifest,
  parseManifest,
} from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { outwaitWriters } from '../table/outwait-writers.ts';
import { openSession, type Session } from '../table/session.ts';
import { coveredFields } from './covered-fields.ts';
import { dataKeysOfField } from './data-keys-of-field.ts';

export interface CountCellsOptions {
  /** The application's database: a URL or settings of `pg`. */
  readonly database: string | ClientConfig;
  readonly manifest: Manifest;
  /**
   * How long to wait for transactions that write while the count begins: 0 to 3,600,000 ms. What they
   * wrote cannot be counted before they end, so with one that is open for longer it cannot say.
   * @defaultValue 60_000
   */
  readonly writersTimeoutMs?: number;
}

const WRITERS_TIMEOUT_MS = 60_000;
const LONGEST_MS = 3_600_000;
/** What stands in the place of a value that was no cell when its row was cleared (ADR 0112). */
const NO_DATA_KEY = '0'.repeat(32);

/**
 * Counts the cells under a key, or under one version of it, for the option `countCells` of a keyring: a
 * key with cells is not deleted, a version with cells not retired. Always exact, and only once all that
 * was writing when it begins has ended. It reads the index of `dataKeyIndexSql` where there is one, and
 * the whole table where there is none.
 *
 * The keyring lends it what tells the key of a data key, so that it works for whoever may delete.
 *
 * @throws `ERR_MANIFEST_INVALID`, `ERR_CONFIG_INVALID`; when it counts `ERR_MANIFEST_MISMATCH`, `ERR_DATABASE`
 *
 * @example
 * ```ts
 * import { openKeyring } from '@fieldseal/core';
 * import { devFileRoot } from '@fieldseal/core/node';
 * import { countCells } from '@fieldseal/jobs';
 * import { postgresStore } from '@fieldseal/store-postgres';
 *
 * const counting = await openKeyring({
 *   store: postgresStore(url),
 *   roots: [devFileRoot()],
 *   environment: 'dev',
 *   development: true,
 *   countCells: countCells({ database: url, manifest }),
 * });
 * ```
 */
export function countCells(options: CountCellsOptions): CountCells {
  const { database } = options;
  const manifest = parseManifest(options.manifest);
  const { writersTimeoutMs: timeoutMs = WRITERS_TIMEOUT_MS } = options;
  if (!(timeoutMs >= 0 && timeoutMs <= LONGEST_MS)) {
    const meta = { option: 'writersTimeoutMs' };
    throw new FieldsealError('ERR_CONFIG_INVALID', 'Must be 0 to 3,600,000', meta);
  }
  return async (keyId, describe, keyVersion) => {
    const session = await openSession(database);
    try {
      if (await isStandby(session)) return undefined;
      if (!(await outwaitWriters(session, timeoutMs))) return undefined;
      let cells = 0n;
      for (const covered of await coveredFields(session, manifest)) {
        const dataKeys = await dataKeysOfField(session, covered);
        const ids = dataKeys.ids.filter((id) => id !== NO_DATA_KEY);
        const found = await describe(ids);
        if (found.length < ids.length) return undefined;
        cells += await dataKeys.count(under(found, keyId, keyVersion));
      }
      return cells;
    } finally {
      await session.close();
    }
  };
}

/** A standby has neither what it did not replay yet nor the transactions that are to be waited for. */
async function isStandby(session: Session): Promise<boolean> {
  const [row] = await session.rows('SELECT pg_is_in_recovery() AS standby');
  return row?.standby !== false;
}

/** Of the data keys that open anything, those under a key or under one version of it. */
function under(
  found: readonly DataKeyDescription[],
  keyId: string,
  keyVersion: number | undefined,
): readonly string[] {
  return found
    .filter(
      (each) =>
        each.keyId === keyId &&
        (keyVersion === undefined || each.keyVersion === keyVersion) &&
        // nothing opens the cells of who was shredded, whatever becomes of the version
        each.state !== 'SHREDDED',
    )
    .map(({ dataKeyId }) => dataKeyId);
}
