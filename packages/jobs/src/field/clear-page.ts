import { type DataKeyDescription, describeCell } from '@fieldseal/core';
import { type JobProblem, type ProblemClass, problemOf } from '../engine/job-problem.ts';
import type { PageRow } from '../engine/page.ts';
import { bytesText, storedValue } from '../table/stored-text.ts';
import type { Worked } from './each-or-all.ts';
import type { FieldTarget } from './field-target.ts';
import { rowText } from './row-text.ts';
import { isTombstone, tokenOfNothing, tombstoneOf } from './tombstone.ts';
import type { RowChange } from './write-batch.ts';

/**
 * What a row of a shredded scope becomes; a problem where its cell may be somebody else's.
 * @param isEnded - Whether cells of a data key are worthless.
 */
export async function clearPage(
  target: FieldTarget,
  rows: readonly PageRow[],
  isEnded: (key: DataKeyDescription) => boolean = isShredded,
): Promise<Worked<RowChange>> {
  const ids = rows.map((row) => dataKeyOf(target, row));
  const named = ids.filter((id) => typeof id === 'string');
  const found = named.length === 0 ? [] : await target.keyring.describeDataKeys(named);
  const keys = new Map(found.map((key) => [key.dataKeyId, key]));
  const done: RowChange[] = [];
  const problems: JobProblem[] = [];
  rows.forEach((row, i) => {
    const id = ids[i];
    const why = id === undefined ? undefined : whyNotCleared(id, keys, isEnded);
    if (why !== undefined) problems.push(rejected(row, why));
    else if (id === undefined && hasToStay(target, row))
      problems.push(problemOf(rowText(row), 'plaintext'));
    else if (!isCleared(target, row)) done.push(cleared(target, row));
  });
  return { done, problems };
}

/** @returns `undefined` where no cell stands, `null` for what is none and is not plaintext either */
function dataKeyOf(
  { codec, model, field }: FieldTarget,
  { stored }: PageRow,
): string | null | undefined {
  const cell = storedValue(field, stored);
  if (cell === null || isTombstone(cell)) return undefined;
  try {
    return describeCell(cell).dataKeyId;
  } catch {
    // plaintext of a scope whose keys are gone is to go as well
    return codec.phaseOf(model.name, field.name) === 'sealed' ? null : undefined;
  }
}

/** A cell that still opens somewhere was brought here from another scope: its owner may want it back. */
function whyNotCleared(
  id: string | null,
  keys: ReadonlyMap<string, DataKeyDescription>,
  isEnded: (key: DataKeyDescription) => boolean,
): ProblemClass | undefined {
  if (id === null) return 'rejected';
  const key = keys.get(id);
  if (key === undefined) return 'unknown-key';
  return isEnded(key) ? undefined : 'wrong-scope';
}

export function isShredded({ state }: DataKeyDescription): boolean {
  return state === 'SHREDDED';
}

function rejected(row: PageRow, why: ProblemClass): JobProblem {
  return { ...problemOf(rowText(row), 'ERR_CIPHERTEXT_REJECTED'), class: why };
}

/** In `plain` a tombstone would be read as a value, so that a required column has nothing to take instead. */
function hasToStay(target: FieldTarget, { stored }: PageRow): boolean {
  const { codec, model, field } = target;
  const cell = storedValue(field, stored);
  if (cell === null || isTombstone(cell)) return false;
  return isRequired(target) && codec.phaseOf(model.name, field.name) === 'plain';
}

function isRequired({ field, table }: FieldTarget): boolean {
  return !field.nullable || table.required.has(field.column);
}

function isCleared(target: FieldTarget, { stored, old, values }: PageRow): boolean {
  const { field, table } = target;
  const cell = storedValue(field, stored);
  if (cell !== null)
    return isTombstone(cell) && field.indexes.every(({ name }) => values[name] !== null);
  return (
    old === null &&
    field.indexes.every(({ name, column }) => values[name] === null || table.required.has(column))
  );
}

function cleared(target: FieldTarget, row: PageRow): RowChange {
  const { field, table, keyring } = target;
  const cell = storedValue(field, row.stored);
  const isKept = cell !== null && isRequired(target);
  const stone = isKept ? tombstoneOf(cell) : null;
  return {
    row,
    stored: stone instanceof Uint8Array ? bytesText(stone) : stone,
    ...(field.from === undefined ? {} : { old: null }),
    tokens: field.indexes.map((index) =>
      isKept || table.required.has(index.column)
        ? tokenOfNothing(index, keyring.indexStateOf(index.id) === 'rotating')
        : null,
    ),
  };
}
