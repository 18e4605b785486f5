import type { FieldTarget } from '../field/field-target.ts';
import { openPage } from '../field/open-page.ts';
import { sealPage } from '../field/seal-page.ts';
import { tokenBytes } from '../field/tombstone.ts';
import { createBatchWriter, type RowChange } from '../field/write-batch.ts';
import type { Pass, Run } from './field-job.ts';
import { anythingFilter, overRows, writes } from './steps.ts';

export function isRotating({ keyring, field }: Pick<FieldTarget, 'keyring' | 'field'>): boolean {
  return field.indexes.some(({ id }) => keyring.indexStateOf(id) === 'rotating');
}

/**
 * Gives every row the tokens of the newer generation. What is written are the tokens of both, as by every
 * other writer: the trigger keeps one.
 */
export function rotateTokens(run: Run): Promise<Pass> {
  const { session, target } = run;
  const { indexes } = target.field;
  // a dry run comes before there are two generations: every token would be another one
  const isAhead = run.options.dryRun === true && !isRotating(target);
  const writer = createBatchWriter(session, target, { stored: false, tokens: true });

  function differs({ row, tokens }: RowChange): boolean {
    return indexes.some(({ name, kind }, i) => {
      const found = row.values[name];
      const made = tokens[i];
      if (isAhead) return found !== null || made !== null;
      if (!(found instanceof Uint8Array) || !made) return found !== (made ?? null);
      return Buffer.compare(found, made.subarray(-tokenBytes({ kind }))) !== 0;
    });
  }

  return overRows(run, 'tokens', anythingFilter(run), async (rows) => {
    const opened = await openPage(target, rows);
    const sealed = await sealPage(target, opened.done);
    return {
      problems: [...opened.problems, ...sealed.problems],
      save: writes(run, writer, sealed.done.filter(differs)),
    };
  });
}
