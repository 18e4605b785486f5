import { type ManifestTokenIndex, shortestColumn } from '@fieldseal/core';
import { quoted, tableName } from '../table/sql-names.ts';
import { type MigrationPart, type MigrationSource, partName } from './migration-part.ts';

/** Columns first, in one short transaction; then each index, while the application writes on. */
export function expandParts(source: MigrationSource): readonly MigrationPart[] {
  const columns = columnsPart(source);
  return [...(columns.up.length === 0 ? [] : [columns]), ...indexParts(source)];
}

interface Change {
  readonly up: string;
  readonly down: readonly string[];
}

function columnsPart(source: MigrationSource): MigrationPart {
  const changes = [...cellChanges(source), ...oldChanges(source), ...tokenChanges(source)];
  return {
    name: partName('expand', source),
    about: 'Adds columns that are NULL everywhere: no row is rewritten, nothing is scanned.',
    up: changes.map(({ up }) => up),
    down: changes.toReversed().flatMap(({ down }) => down),
    inTransaction: true,
  };
}

function cellChanges({ model, field, facts }: MigrationSource): readonly Change[] {
  const alter = `ALTER TABLE ${tableName(model)}`;
  const name = quoted(field.column);
  const found = facts.columns.get(field.column);
  if (found === undefined) {
    const type = field.storage === 'text' ? 'TEXT' : 'BYTEA';
    // a cell would be lost with its column
    const guard = `${alter} ADD CONSTRAINT ${quoted(`fieldseal_no_cell_${field.column}`.slice(0, 63))} CHECK (${name} IS NULL);`;
    const down = [guard, `${alter} DROP COLUMN ${name};`];
    return [{ up: `${alter} ADD COLUMN ${name} ${type};`, down }];
  }
  const isShort =
    found.maxLength !== undefined && found.maxLength < shortestColumn(field.type, field.pad);
  if (!isShort) return [];
  const change = `${alter} ALTER COLUMN ${name}`;
  return [{ up: `${change} TYPE TEXT;`, down: [`${change} TYPE ${found.type};`] }];
}

/** The old column takes NULL, and nothing but the application fills it. */
function oldChanges({ model, field, facts }: MigrationSource): readonly Change[] {
  const found = field.from === undefined ? undefined : facts.columns.get(field.from.column);
  if (field.from === undefined || found === undefined) return [];
  const alter = `ALTER TABLE ${tableName(model)} ALTER COLUMN ${quoted(field.from.column)}`;
  const changes: Change[] = [];
  if (!found.isNullable)
    changes.push({ up: `${alter} DROP NOT NULL;`, down: [`${alter} SET NOT NULL;`] });
  if (found.default !== undefined) {
    const down = [`${alter} SET DEFAULT ${found.default};`];
    changes.push({ up: `${alter} DROP DEFAULT;`, down });
  }
  return changes;
}

/** Token columns that are missing, those of other fields in a compound index included. */
function tokenChanges(source: MigrationSource): readonly Change[] {
  const { model, field, facts } = source;
  const tokens = model.fields.flatMap(({ indexes }) => indexes.map(({ column }) => column));
  const own = field.indexes.map(({ column }) => column);
  const joined = wantedIndexes(source).flatMap(({ columns }) => columns);
  const needed = new Set([...own, ...joined.filter((column) => tokens.includes(column))]);
  const alter = `ALTER TABLE ${tableName(model)}`;
  return [...needed]
    .filter((column) => !facts.columns.has(column))
    .map((column) => ({
      up: `${alter} ADD COLUMN ${quoted(column)} BYTEA;`,
      down: [`${alter} DROP COLUMN ${quoted(column)};`],
    }));
}

/** What the adapter says, and one index for each token column that is in none. */
function wantedIndexes({ model, field, facts }: MigrationSource): readonly ManifestTokenIndex[] {
  const own = new Set(field.indexes.map(({ column }) => column));
  const named = (model.tokenIndexes ?? []).filter(({ columns }) =>
    columns.some((column) => own.has(column)),
  );
  const valid = [...facts.indexes.values()].filter(({ isValid }) => isValid);
  const covered = new Set([...named, ...valid].flatMap(({ columns }) => columns));
  const others = [...own].filter((column) => !covered.has(column));
  return [
    ...named,
    ...others.map((column) => ({
      name: `${model.table}_${column}_idx`.slice(0, 63),
      columns: [column],
      unique: false,
    })),
  ];
}

function indexParts(source: MigrationSource): readonly MigrationPart[] {
  return wantedIndexes(source).flatMap((index) => indexPart(source, index));
}

function indexPart(source: MigrationSource, index: ManifestTokenIndex): readonly MigrationPart[] {
  const { model, facts } = source;
  const isValid = facts.indexes.get(index.name)?.isValid;
  if (isValid === true) return [];
  const schema = model.schema === undefined ? '' : `${quoted(model.schema)}.`;
  const name = quoted(index.name);
  const drop = `DROP INDEX CONCURRENTLY ${schema}${name};`;
  const table = tableName(model);
  const columns = index.columns.map(quoted).join(', ');
  const create = `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${name} ON ${table}(${columns});`;
  const alone = { inTransaction: false, down: [] };
  const parts: MigrationPart[] = [];
  if (isValid === false) {
    const about = 'Removes an index whose build has failed.';
    parts.push({ ...alone, name: partName('drop', source, index.name), about, up: [drop] });
  }
  const about =
    'Builds an index of tokens while the table is written to, alone since no transaction may be around it.';
  // the way back is in a transaction, where TypeORM is not told otherwise
  const down = index.constraint === true ? [] : [`DROP INDEX ${schema}${name};`];
  parts.push({ ...alone, name: partName('index', source, index.name), about, up: [create], down });
  if (index.constraint !== true) return parts;
  parts.push({
    name: partName('unique', source, index.name),
    about: 'Makes the index the one of a UNIQUE constraint, without a scan.',
    up: [`ALTER TABLE ${table} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name};`],
    down: [`ALTER TABLE ${table} DROP CONSTRAINT ${name};`],
    inTransaction: true,
  });
  return parts;
}
