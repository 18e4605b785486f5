import type { FieldCall, Scope } from '@fieldseal/core';
import type { SchemaView } from './schema-view.ts';
import type { UntokenedLookup } from './settle-untokened.ts';

/** What every walker of one ORM call shares. */
export interface CallContext {
  readonly schema: SchemaView;
  /** Such as `Customer.findMany`; for errors, audit and counters. */
  readonly operation: string;
  /** Collects seals and lookups; nothing is decided before its `run`. */
  readonly fields: FieldCall;
  /** The scope around the call, where the arguments name none. */
  readonly ambient: Scope;
  /** Unique lookups whose row may be found by its plaintext only. */
  readonly untokened: UntokenedLookup[];
  /** Steps to take once cells and tokens are there. */
  readonly afterRun: (() => void)[];
}
