/** What a count in a database cannot see. */
export type NotSeen =
  /** Files that were written out of it, reports, logs of others. */
  | 'EXPORTS'
  /** Copies of the database that lag behind or were detached. */
  | 'REPLICAS'
  /** What other systems took over. */
  | 'WAREHOUSES'
  /** Backups and the archive of the write-ahead log, until they expire. */
  | 'BACKUPS'
  /** Rows of transactions that were not committed when it was counted. */
  | 'UNCOMMITTED'
  /** Tables and databases that the manifest does not name. */
  | 'OTHER_TABLES'
  /** What `kms.encrypt` and `kms.generateDataKey` gave: it is under the key itself. */
  | 'API_BLOBS';

/** All of them: true of every count. */
export const NOT_SEEN: readonly NotSeen[] = Object.freeze([
  'EXPORTS',
  'REPLICAS',
  'WAREHOUSES',
  'BACKUPS',
  'UNCOMMITTED',
  'OTHER_TABLES',
  'API_BLOBS',
]);

/** Cells under one data key in one column. */
export interface DataKeyCoverage {
  /** 32 hexadecimal digits. */
  readonly dataKeyId: string;
  /** uuid; `null` with the next two: the key store has no such data key, and nothing opens these cells. */
  readonly keyId: string | null;
  readonly keyVersion: number | null;
  readonly state: string | null;
  readonly cells: number;
  /** 0 when counted. */
  readonly margin: number;
}

/** How a column was looked at. */
export type CoverageMethod =
  | { readonly kind: 'exact' }
  | {
      readonly kind: 'sampled';
      /** Of the pages of the table. */
      readonly percent: number;
      /** Percent: how often the true number lies within `margin` of each number given. */
      readonly confidence: number;
      /** Whatever the sample did not meet has at most so many rows. */
      readonly unseen: number;
    };

/** What stands in the column of one field. Each `margin` is 0 when it was counted. */
export interface FieldCoverage {
  /** `Model.field`. */
  readonly field: string;
  readonly fieldId: string;
  readonly schema: string | null;
  readonly table: string;
  readonly column: string;
  readonly method: CoverageMethod;
  /** Well-formed cells, whoever made them; `verifyField` opens each of them. */
  readonly cells: number;
  /** Of them under a data key that the key store does not have. */
  readonly unknown: number;
  /** What begins as a cell and is none. */
  readonly malformed: number;
  readonly malformedMargin: number;
  /** Plaintext and values of other libraries, in the column or in the old one. */
  readonly plaintext: number;
  readonly plaintextMargin: number;
  readonly nulls: number;
  readonly nullsMargin: number;
  /**
   * Ids of indexes of the field that are in use in the key store, and not in the manifest: what their columns
   * hold is not looked after.
   */
  readonly forgottenIndexes: readonly string[];
  /** Most cells first. */
  readonly dataKeys: readonly DataKeyCoverage[];
}

/** Cells under one version of one key, in all columns. */
export interface VersionCoverage {
  readonly keyId: string;
  readonly keyVersion: number;
  readonly dataKeys: number;
  readonly cells: number;
  readonly margin: number;
}

/** What is under which key. */
export interface CoverageReport {
  readonly version: 1;
  readonly environment: string;
  /** Names the key store. */
  readonly pin: string;
  /** When the count began and ended, ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly fields: readonly FieldCoverage[];
  readonly versions: readonly VersionCoverage[];
  readonly notSeen: readonly NotSeen[];
}
