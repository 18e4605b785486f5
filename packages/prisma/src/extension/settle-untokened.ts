import { FieldsealError } from '@fieldseal/core';
import type { OperationCall } from './operation-call.ts';
import { runRead } from './run-read.ts';
import type { ModelView } from './schema-view.ts';
import { addConjunct } from './where-frame.ts';

/**
 * A unique `where` that names its row by a token. While a field is not sealed yet the row may lack
 * it, while its index rotates it may have another one, and Prisma takes no OR in the place of a unique.
 */
export interface UntokenedLookup {
  readonly view: ModelView;
  /** The rewritten condition. */
  readonly where: Record<string, unknown>;
  /** The unique in it that stands for the token. */
  readonly unique: string;
  /** What the row fulfils, with tokens or without; complete once the call has run. */
  readonly conditions: Record<string, unknown>[];
  /** Whether a row may lack the token of one of its fields, or have another one. */
  isUncertain: boolean;
}

/** Names rows by their key that may lack the token, or have another one. */
export async function settleUntokened(
  call: OperationCall,
  lookups: readonly UntokenedLookup[],
): Promise<void> {
  for (const { view, where, unique, conditions, isUncertain } of lookups) {
    if (!isUncertain) continue;
    if (view.primaryKey.length === 0) throw noKey(view, unique);
    const select = Object.fromEntries(view.primaryKey.map((name) => [name, true]));
    const request = { model: view.name, action: 'findFirst' } as const;
    const found = await runRead(call, { ...request, where: { AND: conditions }, select });
    if (found === null) continue;
    delete where[unique];
    Object.assign(where, keyAsUnique(view, found));
    // the row may change until the statement runs, and is the one that was asked for no more
    addConjunct(where, { AND: conditions });
  }
}

function noKey(view: ModelView, unique: string): FieldsealError {
  const message = `${view.name} has no primary key, so a row whose token is not certain cannot be named`;
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
