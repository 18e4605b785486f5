import { FieldsealError } from '@fieldseal/core';
import { isRowError, type JobProblem } from '../engine/job-problem.ts';
import type { PageRow } from '../engine/page.ts';
import { classifyFailures, type RowFailure } from './classify-failures.ts';
import type { FieldTarget } from './field-target.ts';

export interface Worked<Out> {
  readonly done: readonly Out[];
  readonly problems: readonly JobProblem[];
}

/**
 * Works on all items at once; where that fails on a row, one by one, to find the rows at fault.
 * @throws what is not about a row
 */
export async function eachOrAll<In, Out>(
  target: FieldTarget,
  items: readonly In[],
  rowOf: (item: In) => PageRow,
  work: (items: readonly In[]) => Promise<readonly Out[]>,
): Promise<Worked<Out>> {
  try {
    return { done: await work(items), problems: [] };
  } catch (error) {
    if (failureOf(error) === undefined) throw error;
  }
  const done: Out[] = [];
  const failures: RowFailure[] = [];
  for (const item of items) {
    try {
      done.push(...(await work([item])));
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      failures.push({ row: rowOf(item), ...failure });
    }
  }
  return { done, problems: await classifyFailures(target, failures) };
}

function failureOf(error: unknown): Omit<RowFailure, 'row'> | undefined {
  if (!(error instanceof FieldsealError) || !isRowError(error.code)) return undefined;
  return { code: error.code, index: error.meta.index };
}
