import { createFieldCodec, FieldsealError } from '@fieldseal/core';
import { findField } from '../field/field-target.ts';
import { countValues, type StatusOptions } from '../status/field-status.ts';
import { openSession } from '../table/session.ts';
import { fieldMigration } from './field-migration.ts';
import { readMigrationFacts } from './migration-facts.ts';
import type { MigrationPart, MigrationStep } from './migration-part.ts';

export interface PlanMigrationOptions extends StatusOptions {
  /** `Model.field`, as the manifest calls it. */
  readonly field: string;
  readonly step: MigrationStep;
  /**
   * Whether `expand` is to add an index by data key, for counting cells and ending keys.
   * @defaultValue false
   */
  readonly dataKeyIndex?: boolean;
}

/**
 * The migrations of one field, for the table as it is now. Nothing is changed.
 *
 * @throws `ERR_JOB_REFUSED` for `contract` unless the field is `sealed` and no row has plaintext;
 * `ERR_FIELD_UNKNOWN`, `ERR_MANIFEST_MISMATCH`, `ERR_DATABASE`
 *
 * @example
 * ```ts
 * import { migrationFiles, planMigration } from '@fieldseal/jobs';
 *
 * const parts = await planMigration({
 *   database: url,
 *   keyring,
 *   manifest,
 *   field: 'Customer.dob',
 *   step: 'expand',
 * });
 * for (const { path, text } of migrationFiles(parts, { for: 'prisma', now: new Date() }))
 *   process.stdout.write(`-- ${path}\n${text}`);
 * ```
 */
export async function planMigration(
  options: PlanMigrationOptions,
): Promise<readonly MigrationPart[]> {
  const { database, field: name, step, dataKeyIndex = false, ...given } = options;
  const codec = createFieldCodec({ ...given, ambientScope: () => ({}) });
  const { model, field } = findField(codec, name);
  const session = await openSession(database);
  try {
    const facts = await readMigrationFacts(session, model);
    const parts = fieldMigration(step, { model, field, facts, dataKeyIndex });
    if (step === 'expand') return parts;
    const phase = options.keyring.phaseOf(field.id) ?? 'plain';
    if (phase !== 'sealed') throw notSealed(name, phase);
    const isDone = field.from !== undefined && !facts.columns.has(field.from.column);
    const { plaintext } = isDone ? { plaintext: 0 } : await countValues(session, model, field);
    if (plaintext > 0) throw hasPlaintext(name, plaintext);
    return parts;
  } finally {
    await session.close();
  }
}

function notSealed(field: string, phase: string): FieldsealError {
  const message = `${field} is ${phase} in the key store; contract it once it is sealed`;
  return new FieldsealError('ERR_JOB_REFUSED', message, { field, reason: phase });
}

function hasPlaintext(field: string, rows: number): FieldsealError {
  const message = `${field} has plaintext in ${rows} rows, which would be lost; verifyField lists them`;
  return new FieldsealError('ERR_JOB_REFUSED', message, { field, reason: 'plaintext' });
}
