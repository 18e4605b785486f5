import { FieldsealError } from '@fieldseal/core';
import type { OperationCall } from './operation-call.ts';
import { runRead } from './run-read.ts';
import type { ModelView } from './schema-view.ts';

/**
 * A unique `where` that names its row by a token. While a field is not sealed yet the row may lack
 * it, and Prisma takes no OR in the place of a unique.
 */
export interface UntokenedLookup {
  readonly view: ModelView;
  /** The rewritten condition. */
  readonly where: Record<string, unknown>;
  /** The unique in it that stands for the token. */
  readonly unique: string;
  /** What the row fulfils, with tokens or without; complete once the call has run. */
  readonly conditions: Record<string, unknown>[];
  /** Whether one of its fields is in a phase in which rows may lack their tokens. */
  mayLackTokens: boolean;
}

/** Names rows that lack their token by their key, where there are such rows. */
export async function settleUntokened(
  call: OperationCall,
  lookups: readonly UntokenedLookup[],
): Promise<void> {
  for (const { view, where, unique, conditions, mayLackTokens } of lookups) {
    if (!mayLackTokens) continue;
    if (view.primaryKey.length === 0) throw noKey(view, unique);
    const select = Object.fromEntries(view.primaryKey.map((name) => [name, true]));
    const request = { model: view.name, action: 'findFirst' } as const;
    const found = await runRead(call, { ...request, where: { AND: conditions }, select });
    if (found === null) continue;
    delete where[unique];
    Object.assign(where, keyAsUnique(view, found));
  }
}

function noKey(view: ModelView, unique: string): FieldsealError {
  const message = `${view.name} has no primary key, so a row without token cannot be named`;
  return new FieldsealError('ERR_OPERATOR_UNSUPPORTED', message, {
    model: view.name,
    field: unique,
    operator: 'where',
  });
}

function keyAsUnique(
  view: ModelView,
  row: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const key = Object.fromEntries(view.primaryKey.map((name) => [name, row[name]]));
  if (view.primaryKey.length === 1) return key;
  const compound = [...view.compounds.values()].find(({ isPrimaryKey }) => isPrimaryKey);
  return compound === undefined ? key : { [compound.physicalName]: key };
}
