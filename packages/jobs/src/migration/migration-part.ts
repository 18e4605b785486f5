import type { ManifestField, ManifestModel } from '@fieldseal/core';
import type { MigrationFacts } from './migration-facts.ts';

/** Statements that are applied together: one migration of Prisma or TypeORM. */
export interface MigrationPart {
  /** Lower-case words joined by `_`, such as `expand_customers_dob`. */
  readonly name: string;
  /** What it does and what it waits for, in one sentence. */
  readonly about: string;
  readonly up: readonly string[];
  /** Takes `up` back; statements that would lose a value fail instead. */
  readonly down: readonly string[];
  /** `false`: PostgreSQL does not let its one statement be part of a transaction. */
  readonly inTransaction: boolean;
}

/** `expand` makes room for cells and tokens; `contract` removes what is left of plaintext. */
export type MigrationStep = 'expand' | 'contract';

/** What a migration is made from. */
export interface MigrationSource {
  readonly model: ManifestModel;
  readonly field: ManifestField;
  readonly facts: MigrationFacts;
  /**
   * Whether `expand` is to add an index by data key, see `dataKeyIndexSql`.
   * @defaultValue false
   */
  readonly dataKeyIndex?: boolean;
}

/** Name of a part: step, table, column and what it does, as words. */
export function partName(step: string, { model, field }: MigrationSource, what = ''): string {
  const words = [step, model.table, field.column, what].join('_').toLowerCase();
  return words.replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '');
}
