import { dataKeyIndexName, dataKeyIndexSql } from '../table/data-key-sql.ts';
import { quoted } from '../table/sql-names.ts';
import { type MigrationPart, type MigrationSource, partName } from './migration-part.ts';

/** The index by data key, where it is wanted and missing. */
export function dataKeyIndexPart(source: MigrationSource): readonly MigrationPart[] {
  const { model, field, facts } = source;
  const name = dataKeyIndexName(field);
  if (source.dataKeyIndex !== true || facts.indexes.get(name)?.isValid === true) return [];
  const schema = model.schema === undefined ? '' : `${quoted(model.schema)}.`;
  const index = `${schema}${quoted(name)}`;
  const alone = { inTransaction: false, down: [] };
  const drop: MigrationPart = {
    ...alone,
    name: partName('drop', source, 'key'),
    about: 'Removes an index whose build has failed.',
    up: [`DROP INDEX CONCURRENTLY ${index};`],
  };
  const build: MigrationPart = {
    ...alone,
    name: partName('index', source, 'key'),
    about:
      'Builds an index by data key while the table is written to, for counting and ending keys.',
    up: [dataKeyIndexSql(model, field)],
    down: [`DROP INDEX ${index};`],
  };
  return facts.indexes.has(name) ? [drop, build] : [build];
}
