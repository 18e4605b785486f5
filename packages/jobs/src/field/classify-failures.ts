import { type DataKeyDescription, describeCell, FieldsealError } from '@fieldseal/core';
import {
  type JobProblem,
  type ProblemClass,
  problemOf,
  type RowErrorCode,
} from '../engine/job-problem.ts';
import type { PageRow } from '../engine/page.ts';
import type { FieldTarget } from './field-target.ts';
import { rowText } from './row-text.ts';

/** A row that the codec refused. */
export interface RowFailure {
  readonly row: PageRow;
  readonly code: RowErrorCode;
  /** Name of the index whose token did not fit. */
  readonly index: string | undefined;
}

/**
 * Says more of rows than the codec does: to whoever reads cells every refused one looks the same
 * (FORMAT.md section 3), but whoever mends a table has to know whether a key, a row or a cell is wrong.
 * Made of what the key store knows of the data key that a cell names, after it was refused.
 */
export async function classifyFailures(
  target: FieldTarget,
  failures: readonly RowFailure[],
): Promise<readonly JobProblem[]> {
  const ids = new Map<RowFailure, string>();
  for (const failure of failures) {
    const id = failure.code === 'ERR_CIPHERTEXT_REJECTED' ? dataKeyOf(target, failure.row) : null;
    if (id !== null) ids.set(failure, id);
  }
  const known = await describe(target, [...new Set(ids.values())]);

  function finerClass(failure: RowFailure): ProblemClass | undefined {
    if (lacksToken(failure)) return 'no-token';
    const id = ids.get(failure);
    if (id === undefined || known === undefined) return undefined;
    return classOfKey(target, failure.row, known.get(id));
  }

  return failures.map((failure) => {
    const problem = problemOf(rowText(failure.row), failure.code);
    return { ...problem, class: finerClass(failure) ?? problem.class };
  });
}

function dataKeyOf({ field }: FieldTarget, { values }: PageRow): string | null {
  try {
    return describeCell(values[field.name] as string | Uint8Array).dataKeyId;
  } catch {
    return null;
  }
}

/** @returns `undefined` for whoever may not look at keys: a job goes on without that right */
async function describe(
  { keyring }: FieldTarget,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DataKeyDescription> | undefined> {
  if (ids.length === 0) return undefined;
  try {
    const found = await keyring.describeDataKeys(ids);
    return new Map(found.map((each) => [each.dataKeyId, each]));
  } catch (error) {
    if (error instanceof FieldsealError && error.code === 'ERR_ACCESS_DENIED') return undefined;
    throw error;
  }
}

function classOfKey(
  { field }: FieldTarget,
  { values }: PageRow,
  key: DataKeyDescription | undefined,
): ProblemClass | undefined {
  if (key === undefined) return 'unknown-key';
  const expected = (name: string | undefined) => (name === undefined ? undefined : values[name]);
  const isOfRow = key.tenant === expected(field.scope) && key.subject === expected(field.subject);
  return isOfRow ? undefined : 'wrong-scope';
}

function lacksToken({ row, code, index }: RowFailure): boolean {
  return code === 'ERR_INDEX_MISMATCH' && index !== undefined && row.values[index] === null;
}
