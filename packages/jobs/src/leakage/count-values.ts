import { type FieldCodec, FieldsealError, type Likeness } from '@fieldseal/core';
import { isRowError } from '../engine/job-problem.ts';
import type { Pace } from '../engine/pace.ts';
import type { Page } from '../engine/page.ts';
import { type FieldTarget, oldColumn } from '../field/field-target.ts';
import { type OpenedRow, openPage } from '../field/open-page.ts';
import { createPageQuery } from '../field/page-query.ts';
import type { Session } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
import { createTally, type Tally } from './tally.ts';

export interface CountValuesOptions {
  readonly session: Session;
  /** Opens the field; need not know of any index. */
  readonly target: FieldTarget;
  /** Knows the indexes. */
  readonly codec: FieldCodec;
  /** Names of the indexes whose tokens would be made. */
  readonly indexes: readonly string[];
  readonly pace: Pace;
  readonly signal: AbortSignal | undefined;
  onRead(rows: number): void;
}

/**
 * Opens every value of a field and counts which of them would have the same token. What is counted are
 * names under random keys; no value outlives its page.
 * @returns a tally for each index
 */
export async function countValues(
  options: CountValuesOptions,
): Promise<ReadonlyMap<string, Tally>> {
  const { session, target, indexes, pace, signal, onRead } = options;
  const tallies = new Map(indexes.map((name) => [name, createTally()]));
  const counters = [...tallies].map(([name, tally]) => createCounter(options, name, tally));
  const query = createPageQuery(session, target, valueFilter(target));
  let cursor: readonly string[] | null = null;
  for (;;) {
    if (signal?.aborted === true) throw stopped();
    const startedAt = performance.now();
    const { rows, next }: Page = await query.read(cursor, pace.rows());
    if (next === null) return tallies;
    cursor = next;
    const { done, problems } = await openPage(target, rows);
    for (const tally of tallies.values()) tally.pass(problems.length);
    for (const count of counters) done.forEach(count);
    onRead(rows.length);
    await pace.rest(rows.length, performance.now() - startedAt, signal).catch(() => {
      throw stopped();
    });
  }
}

/** Counts one row for one index. */
function createCounter(
  { target, codec }: CountValuesOptions,
  index: string,
  tally: Tally,
): (opened: OpenedRow) => void {
  const { name } = target.model;
  const nameOf = codec.likeness(name, index) as Likeness;
  const found = codec.model(name)?.tokens.get(index);
  const scope = found?.index.global === undefined ? found?.field.scope : undefined;
  return ({ row, value }) => {
    const tenant = scope === undefined ? undefined : (row.values[scope] as string);
    try {
      tally.add(nameOf(value, tenant), tenant);
    } catch (error) {
      // no value of its type, or no text that the normaliser takes: it would have no token
      if (!(error instanceof FieldsealError) || !isRowError(error.code)) throw error;
      tally.pass(1);
    }
  };
}

function valueFilter(target: FieldTarget): string {
  const old = oldColumn(target);
  const columns = [`t.${quoted(target.field.column)}`, ...(old === undefined ? [] : [old])];
  return columns.map((column) => `${column} IS NOT NULL`).join(' OR ');
}

function stopped(): FieldsealError {
  const message = 'Stopped before the end of the table; nothing was written';
  return new FieldsealError('ERR_JOB_STOPPED', message, { reason: 'cancelled' });
}
