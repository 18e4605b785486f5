import { FieldsealError } from '@fieldseal/core';
import { contractParts } from './contract-parts.ts';
import { dataKeyIndexPart } from './data-key-index-part.ts';
import { expandParts } from './expand-parts.ts';
import type { MigrationPart, MigrationSource, MigrationStep } from './migration-part.ts';

/**
 * The statements that a field needs on its way into cells, from the manifest and what the table has
 * already: parts in the order in which they are applied, none where nothing is missing. No column
 * is ever dropped and added again.
 *
 * It looks at nothing but its arguments: whether the field may be contracted is for
 * `planMigration`.
 *
 * @throws `ERR_MANIFEST_MISMATCH` for a table that is not there, or lacks the old column
 *
 * @example
 * ```ts
 * import { fieldMigration } from '@fieldseal/jobs';
 *
 * const columns = new Map([['dob', { type: 'date', isNullable: false }]]);
 * const facts = { columns, indexes: new Map(), constraints: new Set<string>() };
 * const [model] = manifest.models;
 * const [field] = model?.fields ?? [];
 * if (model && field) {
 *   for (const { name, up } of fieldMigration('expand', { model, field, facts }))
 *     process.stdout.write(`${name}\n${up.join('\n')}\n`);
 * }
 * ```
 */
export function fieldMigration(
  step: MigrationStep,
  source: MigrationSource,
): readonly MigrationPart[] {
  const { model, field, facts } = source;
  if (facts.columns.size === 0) throw missing(source, 'the database has no such table');
  // without one the field's own column has the plaintext
  const plain = field.from?.column ?? field.column;
  if (step === 'expand' && !facts.columns.has(plain)) {
    throw missing(source, `the column ${plain}, which has the plaintext, is missing`);
  }
  if (step === 'contract' && !facts.columns.has(field.column)) {
    throw missing(source, `the column ${field.column} is missing; expand ${model.name} first`);
  }
  if (step === 'contract') return contractParts(source);
  return [...expandParts(source), ...dataKeyIndexPart(source)];
}

function missing({ model: { name, table } }: MigrationSource, why: string): FieldsealError {
  const message = `${name}: ${table}: ${why}`;
  return new FieldsealError('ERR_MANIFEST_MISMATCH', message, { model: name, table });
}
