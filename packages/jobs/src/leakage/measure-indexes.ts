import type { FieldCodec, FieldCodecOptions } from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { checkPace, createPace, type PaceOptions } from '../engine/pace.ts';
import type { JobProgress } from '../engine/run-pages.ts';
import { findField } from '../field/field-target.ts';
import { jobCodec } from '../field/job-codec.ts';
import { openSession, type Session } from '../table/session.ts';
import { countTokens } from './count-tokens.ts';
import { countValues } from './count-values.ts';
import { isBuilt, type MeasuredIndex } from './measured-index.ts';
import { readTarget } from './read-target.ts';
import { spreadOf, type TokenGroup, type TokenSpread } from './token-spread.ts';

export interface MeasureIndexesOptions
  extends Omit<FieldCodecOptions, 'ambientScope'>,
    PaceOptions {
  /** The application's database: a URL or settings of `pg`. */
  readonly database: string | ClientConfig;
  /** `Model.field`; all fields when absent. */
  readonly field?: string;
  /** Stops after the page under way. */
  readonly signal?: AbortSignal;
  /** How far it is in a field whose values have to be opened. */
  readonly onProgress?: (progress: JobProgress) => void;
}

/** What one index tells a reader of the database. */
export interface IndexLeakage extends TokenSpread {
  /** `Model.field`. */
  readonly field: string;
  /** Name of the token column in the application. */
  readonly index: string;
  readonly indexId: string;
  /** `equality`, or the name of the part. */
  readonly kind: string;
  /**
   * `tokens`: those in the table were counted. `values`: rows lack their tokens, the column is not there, or
   * the index rotates, so values were opened and those that would have one token counted.
   */
  readonly counted: 'tokens' | 'values';
  /** Rows that did not open or would get no token, and are in no other number. */
  readonly unreadable: number;
  /** The reason for `acceptLeakage`. */
  readonly accepted: string | null;
}

/** Rows of a page: what is opened at once. */
const PAGE_ROWS = 1000;

/**
 * Counts how the tokens of each index are spread in the real table: what somebody with a dump of it, and
 * without any key, can tell of the values. An index whose tokens are there is counted by the database. Of
 * one that is only planned, the values are opened and counted in this process, which takes the right to
 * decrypt, and about 100 bytes of memory for each different value. Nothing is written or registered, and
 * no value is in the report.
 *
 * Frequency is not all that an index tells: docs/indexes.md has the rest.
 *
 * @throws `ERR_FIELD_UNKNOWN`, `ERR_MANIFEST_INVALID`, `ERR_MANIFEST_MISMATCH`, `ERR_CONFIG_INVALID`,
 * `ERR_JOB_REFUSED` for a table without primary key, `ERR_JOB_STOPPED`, `ERR_DATABASE`, and those of opening
 *
 * @example
 * ```ts
 * import { measureIndexes } from '@fieldseal/jobs';
 *
 * for (const { field, index, verdict } of await measureIndexes({ database: url, keyring, manifest }))
 *   process.stdout.write(`${field} by ${index}: ${verdict}\n`);
 * ```
 */
export async function measureIndexes(
  options: MeasureIndexesOptions,
): Promise<readonly IndexLeakage[]> {
  checkPace(options);
  const codec = jobCodec(options);
  const wanted = fieldsOf(codec, options.field);
  const session = await openSession(options.database);
  try {
    const found: IndexLeakage[] = [];
    for (const each of wanted)
      found.push(...(await measureField({ session, codec, options }, each)));
    return found;
  } finally {
    await session.close();
  }
}

type Field = Pick<MeasuredIndex, 'model' | 'field'>;

interface Measuring {
  readonly session: Session;
  readonly codec: FieldCodec;
  readonly options: MeasureIndexesOptions;
}

function fieldsOf(codec: FieldCodec, name: string | undefined): readonly Field[] {
  if (name !== undefined) return [findField(codec, name)];
  const tables = codec.manifest.models.filter(({ view }) => view !== true);
  return tables.flatMap((model) => model.fields.map((field) => ({ model, field })));
}

interface Counted extends Pick<IndexLeakage, 'counted' | 'unreadable'> {
  readonly groups: readonly TokenGroup[];
}

async function measureField(measuring: Measuring, of: Field): Promise<readonly IndexLeakage[]> {
  const { session, options } = measuring;
  const counted = new Map<string, Counted>();
  const planned: string[] = [];
  for (const index of of.field.indexes) {
    const measured = { ...of, index };
    // a value may have tokens of two generations then, and would count as two
    const isMixed = options.keyring.indexStateOf(index.id) === 'rotating';
    if (isMixed || !(await isBuilt(session, measured))) {
      planned.push(index.name);
      continue;
    }
    const groups = await countTokens(session, measured);
    counted.set(index.name, { counted: 'tokens', unreadable: 0, groups });
  }
  if (planned.length > 0) {
    for (const [name, tally] of await openAndCount(measuring, of, planned)) {
      const unreadable = tally.unreadable();
      counted.set(name, { counted: 'values', unreadable, groups: tally.groups() });
    }
  }
  return of.field.indexes.map(({ id, name, kind, part, acceptLeakage }): IndexLeakage => {
    const { groups, ...how } = counted.get(name) as Counted;
    return {
      field: `${of.model.name}.${of.field.name}`,
      index: name,
      indexId: id,
      kind: part ?? kind,
      ...how,
      ...spreadOf(groups),
      accepted: acceptLeakage ?? null,
    };
  });
}

async function openAndCount(
  { session, codec, options }: Measuring,
  of: Field,
  indexes: readonly string[],
): ReturnType<typeof countValues> {
  const { signal, onProgress, load, rowsPerSecond, batchMs } = options;
  const target = await readTarget(session, options, of);
  const step = `${of.model.name}.${of.field.name}`;
  let progress: JobProgress = { step, read: 0, written: 0, problems: 0, total: target.table.rows };
  return countValues({
    session,
    target,
    codec,
    indexes,
    pace: createPace(
      {
        ...(load === undefined ? {} : { load }),
        ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
        ...(batchMs === undefined ? {} : { batchMs }),
      },
      PAGE_ROWS,
    ),
    signal,
    onRead(rows) {
      progress = { ...progress, read: progress.read + rows };
      onProgress?.(progress);
    },
  });
}
