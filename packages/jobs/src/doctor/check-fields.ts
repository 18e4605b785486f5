import {
  type FieldCodec,
  FieldsealError,
  type ManifestField,
  type ManifestModel,
} from '@fieldseal/core';
import { countValues } from '../status/field-status.ts';
import { checkConstraintName, checkConstraintSql } from '../table/check-constraint.ts';
import { readTable } from '../table/read-table.ts';
import type { Session } from '../table/session.ts';
import { tableName } from '../table/sql-names.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** The manifest against key store and database, and what stands in each column. */
export async function checkFields(
  session: Session,
  codec: FieldCodec,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [checkRegistry(codec), checkIndexes(codec)];
  for (const model of codec.manifest.models.filter(({ view }) => view !== true)) {
    const table = await checkModel(session, model);
    findings.push(table);
    if (table.level === 'failed') continue;
    for (const field of model.fields)
      findings.push(...(await checkField(session, codec, model, field)));
  }
  return findings;
}

function checkRegistry(codec: FieldCodec): Finding {
  const check = 'registry';
  try {
    const unknown = codec.unregistered();
    if (unknown.length === 0) return ok(check, 'manifest and key store agree');
    const found = `new to the key store: ${unknown.join(', ')}`;
    return warning(check, found, 'they are registered when the application first uses them');
  } catch (error) {
    return failed(check, messageOf(error), 'see ERR_MANIFEST_MISMATCH in docs/errors.md');
  }
}

/** Values are written without such tokens, and old tokens stay beside them and go on telling. */
function checkIndexes(codec: FieldCodec): Finding {
  const check = 'indexes';
  const forgotten = codec.forgottenIndexes();
  if (forgotten.length === 0) return ok(check, 'the manifest has all indexes that are in use');
  const found = `not in the manifest, and not dropped: ${forgotten.join(', ')}`;
  const advice =
    'annotate them again, or: fieldseal index drop, before the annotation goes; then clear their columns';
  return failed(check, found, advice);
}

async function checkModel(session: Session, model: ManifestModel): Promise<Finding> {
  const check = `table of ${model.name}`;
  try {
    await readTable(session, model);
    return ok(check, 'columns, types and indexes fit');
  } catch (error) {
    if (error instanceof FieldsealError && error.code === 'ERR_JOB_REFUSED') {
      return ok(check, 'columns fit; without a primary key no job can work on it');
    }
    return failed(check, messageOf(error), 'run the migrations of the application');
  }
}

async function checkField(
  session: Session,
  codec: FieldCodec,
  model: ManifestModel,
  field: ManifestField,
): Promise<readonly Finding[]> {
  const check = `${model.name}.${field.name}`;
  const phase = codec.phaseOf(model.name, field.name) ?? 'sealed';
  const { cells, plaintext, untokened } = await countValues(session, model, field);
  const counted = `${phase}; ${cells} cells, ${plaintext} plaintext`;
  if (phase !== 'sealed') {
    const advice = phase === 'leaving' ? 'fieldseal decrypt-back' : 'fieldseal encrypt-existing';
    return [warning(check, counted, `finish the way: ${advice} ${check}`)];
  }
  if (plaintext > 0) {
    return [failed(check, counted, `fieldseal verify ${check} lists the rows`)];
  }
  if (untokened > 0) {
    const found = `${counted}; ${untokened} rows lack a token, so lookups miss them`;
    return [failed(check, found, `fieldseal verify ${check} lists the rows`)];
  }
  return [ok(check, counted), await checkConstraint(session, model, field)];
}

async function checkConstraint(
  session: Session,
  model: ManifestModel,
  field: ManifestField,
): Promise<Finding> {
  const check = `constraint of ${model.name}.${field.name}`;
  const [found] = await session.rows(
    `SELECT convalidated FROM pg_constraint WHERE conrelid = to_regclass($1) AND conname = $2`,
    [tableName(model), checkConstraintName(field)],
  );
  if (found?.convalidated === true) return ok(check, 'PostgreSQL itself refuses plaintext');
  return warning(
    check,
    'nothing keeps other writers from storing plaintext',
    checkConstraintSql(model, field),
  );
}

function messageOf(error: unknown): string {
  if (error instanceof FieldsealError) return error.message;
  throw error;
}
