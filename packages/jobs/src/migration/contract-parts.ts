import { checkConstraintName, checkConstraintRule } from '../table/check-constraint.ts';
import { quoted, tableName } from '../table/sql-names.ts';
import { type MigrationPart, type MigrationSource, partName } from './migration-part.ts';

/**
 * Three parts, so that no lock that stops writers is held while the table is scanned: constraints
 * that new rows have to fulfil, the proof that all others do, and what the proof allows.
 */
export function contractParts(source: MigrationSource): readonly MigrationPart[] {
  const { model } = source;
  const alter = `ALTER TABLE ${tableName(model)}`;
  const checks = checksOf(source);
  const drops = dropsOf(source, alter);
  const added = checks.filter(({ isThere }) => !isThere);
  const parts: MigrationPart[] = [];
  if (added.length > 0) {
    parts.push({
      name: partName('contract', source, 'check'),
      about: 'From here on PostgreSQL refuses plaintext. Existing rows are not looked at yet.',
      up: added.map(
        ({ name, rule }) => `${alter} ADD CONSTRAINT ${quoted(name)} CHECK (${rule}) NOT VALID;`,
      ),
      down: added.map(({ name }) => `${alter} DROP CONSTRAINT IF EXISTS ${quoted(name)};`),
      inTransaction: true,
    });
  }
  if (checks.length > 0) {
    parts.push({
      name: partName('contract', source, 'validate'),
      about: 'Looks at every row while the table is written to. One with plaintext ends it.',
      up: checks.map(({ name }) => `${alter} VALIDATE CONSTRAINT ${quoted(name)};`),
      down: [],
      inTransaction: true,
    });
  }
  if (drops.up.length > 0) {
    const about = 'The proof makes this short. The old column is dropped, and nothing else.';
    parts.push({ name: partName('contract', source), about, ...drops, inTransaction: true });
  }
  return parts;
}

interface Check {
  readonly name: string;
  readonly rule: string;
  readonly isThere: boolean;
}

function checksOf(source: MigrationSource): readonly Check[] {
  const { field, facts } = source;
  const old = field.from === undefined ? undefined : facts.columns.get(field.from.column);
  const rules: [string, string][] = [[checkConstraintName(field), checkConstraintRule(field)]];
  if (field.from !== undefined && old !== undefined)
    rules.push([oldName(source), `${quoted(field.from.column)} IS NULL`]);
  const required = requiredColumns(source);
  if (required.length > 0)
    rules.push([
      requiredName(source),
      required.map((name) => `${quoted(name)} IS NOT NULL`).join(' AND '),
    ]);
  return rules.map(([name, rule]) => ({ name, rule, isThere: facts.constraints.has(name) }));
}

const nameOf = (kind: string, { field }: MigrationSource): string =>
  `fieldseal_${kind}_${field.id.replace(/[^A-Za-z0-9_]/g, '_')}`.slice(0, 63);
const oldName = (source: MigrationSource): string => nameOf('old', source);
const requiredName = (source: MigrationSource): string => nameOf('required', source);

/** Columns that the final schema has as NOT NULL and that take NULL while the field moves. */
function requiredColumns({ field, facts }: MigrationSource): readonly string[] {
  if (field.nullable) return [];
  const columns = [field.column, ...field.indexes.map(({ column }) => column)];
  return columns.filter((column) => facts.columns.get(column)?.isNullable === true);
}

/** Indexes go with their column, and come back with it. */
function indexesOver({ model, facts }: MigrationSource, column: string): readonly string[] {
  const alter = `ALTER TABLE ${tableName(model)}`;
  return [...facts.indexes]
    .filter(([, { columns }]) => columns.includes(column))
    .map(([name, { isConstraint, definition }]) =>
      isConstraint ? `${alter} ADD CONSTRAINT ${quoted(name)} ${definition};` : `${definition};`,
    );
}

function dropsOf(
  source: MigrationSource,
  alter: string,
): { readonly up: readonly string[]; readonly down: readonly string[] } {
  const { field, facts } = source;
  const required = requiredColumns(source);
  const up = required.map((column) => `${alter} ALTER COLUMN ${quoted(column)} SET NOT NULL;`);
  const down = required.map((column) => `${alter} ALTER COLUMN ${quoted(column)} DROP NOT NULL;`);
  if (required.length > 0) up.push(`${alter} DROP CONSTRAINT ${quoted(requiredName(source))};`);
  const old = field.from === undefined ? undefined : facts.columns.get(field.from.column);
  if (field.from !== undefined && old !== undefined) {
    up.push(`${alter} DROP COLUMN ${quoted(field.from.column)};`);
    const column = `${alter} ADD COLUMN ${quoted(field.from.column)} ${old.type};`;
    down.unshift(column, ...indexesOver(source, field.from.column));
  }
  return { up, down };
}
