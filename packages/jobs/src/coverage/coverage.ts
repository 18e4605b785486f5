import { randomInt } from 'node:crypto';
import {
  type DataKeyDescription,
  type Keyring,
  type Manifest,
  parseManifest,
} from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { forgottenIndexes } from '../table/forgotten-indexes.ts';
import { keyNameOf } from '../table/key-name.ts';
import { openSession, type Session } from '../table/session.ts';
import { countField, type FieldCounts } from './count-field.ts';
import {
  type CoverageReport,
  type DataKeyCoverage,
  type FieldCoverage,
  NOT_SEEN,
} from './coverage-report.ts';
import { type CoveredField, coveredFields } from './covered-fields.ts';
import { CONFIDENCE, type Sample, sampleOf } from './sample.ts';
import { versionsOf } from './versions-of.ts';

export interface CoverageOptions {
  /** The application's database: a URL or settings of `pg`. */
  readonly database: string | ClientConfig;
  readonly keyring: Keyring;
  readonly manifest: Manifest;
  /**
   * Looks at a part of each table of more than 10,000 pages (80 MB), and gives bounds. Never enough to
   * end a key.
   * @defaultValue false
   */
  readonly sample?: boolean;
  /** Draws the same pages again: 0 to 2^31 - 1. Another one each time when absent. */
  readonly seed?: number;
}

/**
 * Counts which cells are under which data key, key version and key, by one scan of each column. What
 * is no cell is counted too, as plaintext or malformed, and a cell of an unknown data key as that. It
 * reads headers, and opens nothing. The report says what such a count cannot see.
 *
 * Takes the rights to `CountLiveCells` and `DescribeKey` on every key that is met.
 *
 * @throws `ERR_MANIFEST_INVALID`, `ERR_MANIFEST_MISMATCH`, `ERR_DATABASE`, and those of
 * `keyring.describeDataKeys`
 *
 * @example
 * ```ts
 * import { coverage } from '@fieldseal/jobs';
 *
 * const { versions } = await coverage({ database: url, keyring, manifest });
 * for (const { keyId, keyVersion, cells } of versions)
 *   process.stdout.write(`${keyId} version ${keyVersion}: ${cells} cells\n`);
 * ```
 */
export async function coverage(options: CoverageOptions): Promise<CoverageReport> {
  const { database, keyring, sample = false, seed = randomInt(2 ** 31) } = options;
  const manifest = parseManifest(options.manifest);
  const startedAt = new Date().toISOString();
  const session = await openSession(database);
  try {
    const fields: FieldCoverage[] = [];
    const all = await coveredFields(session, manifest);
    keyring.authoriseJob(
      'CountLiveCells',
      all.map(({ field }) => keyNameOf(manifest, field)),
    );
    for (const covered of all) {
      const drawn = sample ? sampleOf(covered.pages, seed) : undefined;
      fields.push(await fieldCoverage(session, keyring, covered, drawn));
    }
    const { environment, pin } = keyring;
    const endedAt = new Date().toISOString();
    const versions = versionsOf(fields);
    return {
      version: 1,
      environment,
      pin,
      startedAt,
      endedAt,
      fields,
      versions,
      notSeen: NOT_SEEN,
    };
  } finally {
    await session.close();
  }
}

async function fieldCoverage(
  session: Session,
  keyring: Keyring,
  covered: CoveredField,
  sample: Sample | undefined,
): Promise<FieldCoverage> {
  const { model, field } = covered;
  const counts = await countField(session, covered, sample);
  const found = await keyring.describeDataKeys([...counts.cells.keys()]);
  // an alias that moved left cells under another key
  keyring.authoriseJob(
    'CountLiveCells',
    found.map(({ keyId }) => keyId),
  );
  const dataKeys = dataKeysOf(counts, found);
  return {
    field: `${model.name}.${field.name}`,
    fieldId: field.id,
    schema: model.schema ?? null,
    table: model.table,
    column: field.column,
    method:
      sample === undefined
        ? { kind: 'exact' }
        : {
            kind: 'sampled',
            percent: sample.percent,
            confidence: CONFIDENCE,
            unseen: counts.unseen,
          },
    cells: total(dataKeys),
    unknown: total(dataKeys.filter(({ keyId }) => keyId === null)),
    malformed: counts.malformed.rows,
    malformedMargin: counts.malformed.margin,
    plaintext: counts.plaintext.rows,
    plaintextMargin: counts.plaintext.margin,
    nulls: counts.nulls.rows,
    nullsMargin: counts.nulls.margin,
    forgottenIndexes: forgottenIndexes(keyring, field),
    dataKeys,
  };
}

function total(dataKeys: readonly DataKeyCoverage[]): number {
  return dataKeys.reduce((sum, { cells }) => sum + cells, 0);
}

function dataKeysOf(
  { cells }: FieldCounts,
  found: readonly DataKeyDescription[],
): readonly DataKeyCoverage[] {
  const known = new Map(found.map((each) => [each.dataKeyId, each]));
  return [...cells]
    .map(([dataKeyId, { rows, margin }]): DataKeyCoverage => {
      const { keyId = null, keyVersion = null, state = null } = known.get(dataKeyId) ?? {};
      return { dataKeyId, keyId, keyVersion, state, cells: rows, margin };
    })
    .sort((a, b) => b.cells - a.cells || (a.dataKeyId < b.dataKeyId ? -1 : 1));
}
