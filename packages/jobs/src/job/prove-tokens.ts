import { openPage } from '../field/open-page.ts';
import { sealPage } from '../field/seal-page.ts';
import { createBatchWriter, type RowChange } from '../field/write-batch.ts';
import type { Pass, Run } from './field-job.ts';
import { anythingFilter, fillTokens, overRows, writes } from './steps.ts';

/** Names of the indexes of the field whose tokens are not all there yet. */
export function unreadyIndexes({ target }: Run): ReadonlySet<string> {
  const { codec, model, field } = target;
  const unready = field.indexes.filter(({ name }) => codec.isReady(model.name, name) === false);
  return new Set(unready.map(({ name }) => name));
}

/** Gives tokens of such indexes to rows that lack them. */
export function fillUnready(run: Run): Promise<Pass> {
  return fillTokens(run, unreadyIndexes(run));
}

/**
 * Computes the tokens of every row anew, and writes those that differ: a version of the application
 * that did not know of the index may have changed a value beside its token, or cleared it. Tokens of
 * indexes that are ready are left as they are: what is wrong there, somebody has moved.
 */
export function proveTokens(run: Run): Promise<Pass> {
  const { session, target } = run;
  const unready = unreadyIndexes(run);
  const places = target.field.indexes.flatMap(({ name }, i) => (unready.has(name) ? [i] : []));
  const names = target.field.indexes.map(({ name }) => name);
  const writer = createBatchWriter(session, target, { stored: false, tokens: unready });

  function differs({ row, tokens }: RowChange): boolean {
    return places.some((i) => !isSame(row.values[names[i] as string], tokens[i]));
  }

  /**
   * Two rows may each have the token of the other's value, and then neither is taken by a unique index. A token
   * that is not the value's goes first; the next pass writes the right one. One that is missing already
   * has made room, so that what is refused then is a duplicate. A required column has to keep it.
   */
  function withoutStale(change: RowChange): RowChange | undefined {
    const { indexes } = target.field;
    const stale = places.filter((i) => {
      const found = change.row.values[names[i] as string];
      const isRequired = target.table.required.has(indexes[i]?.column as string);
      return !isRequired && found !== null && !isSame(found, change.tokens[i]);
    });
    if (stale.length === 0) return undefined;
    const kept = names.map((name) => change.row.values[name] as Uint8Array | null);
    return { ...change, tokens: kept.map((token, i) => (stale.includes(i) ? null : token)) };
  }

  return overRows(run, 'proof', anythingFilter(run), async (rows) => {
    const opened = await openPage(target, rows);
    const sealed = await sealPage(target, opened.done);
    const changes = sealed.done.filter(differs);
    return {
      problems: [...opened.problems, ...sealed.problems],
      save: writes(run, writer, changes, withoutStale),
    };
  });
}

function isSame(found: unknown, made: Uint8Array | null | undefined): boolean {
  if (!(found instanceof Uint8Array) || !made) return found === (made ?? null);
  return Buffer.compare(found, made) === 0;
}
