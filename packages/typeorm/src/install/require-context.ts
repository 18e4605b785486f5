import { FieldsealError } from '@fieldseal/core';
import type { DataSource } from 'typeorm';
import { contextOf, type QueryContext } from '../query/query-context.ts';

/** @throws `ERR_NOT_WIRED` for a data source without Fieldseal, or before `initialize()` */
export function requireContext(dataSource: DataSource): QueryContext {
  const context = contextOf(dataSource);
  if (context !== undefined) return context;
  const message =
    'Fieldseal is not in this data source yet: call fieldseal() or list fieldsealSubscriber() in its options, and initialize()';
  throw new FieldsealError('ERR_NOT_WIRED', message);
}
