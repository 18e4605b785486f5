import { FieldsealError } from '@fieldseal/core';
import type { JobProblem } from '../engine/job-problem.ts';
import type { PageRow } from '../engine/page.ts';

/** What is wrong with a row itself. Anything else, such as a key store that is away, ends the job. */
const OF_THE_ROW: ReadonlySet<string> = new Set([
  'ERR_CIPHERTEXT_REJECTED',
  'ERR_CELL_TYPE',
  'ERR_INDEX_MISMATCH',
  'ERR_VALUE_TYPE',
  'ERR_VALUE_TOO_LARGE',
  'ERR_ROW_IDENTITY',
  'ERR_SCOPE_REQUIRED',
]);

function isOfTheRow(error: unknown): error is FieldsealError {
  return error instanceof FieldsealError && OF_THE_ROW.has(error.code);
}

/** The key of a row for reports. */
export function rowText({ cursor }: PageRow): string {
  return cursor.join(',').slice(0, 200);
}

export interface Worked<Out> {
  readonly done: readonly Out[];
  readonly problems: readonly JobProblem[];
}

/**
 * Works on all items at once; where that fails on a row, one by one, to find the rows at fault.
 * @throws what is not about a row
 */
export async function eachOrAll<In, Out>(
  items: readonly In[],
  rowOf: (item: In) => PageRow,
  work: (items: readonly In[]) => Promise<readonly Out[]>,
): Promise<Worked<Out>> {
  try {
    return { done: await work(items), problems: [] };
  } catch (error) {
    if (!isOfTheRow(error)) throw error;
  }
  const done: Out[] = [];
  const problems: JobProblem[] = [];
  for (const item of items) {
    try {
      done.push(...(await work([item])));
    } catch (error) {
      if (!isOfTheRow(error)) throw error;
      problems.push({ row: rowText(rowOf(item)), code: error.code });
    }
  }
  return { done, problems };
}
