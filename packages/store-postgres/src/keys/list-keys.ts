import type { KeyPage, KeyRow } from '@fieldseal/core';
import type { Session } from '../connection/session.ts';
import { bytesParameter, selectExpression } from '../rows/column-codec.ts';
import { qualified, sqlTable, toStoredRow } from '../rows/sql-table.ts';

const MAX_ROWS = 1000;

type Given = (value: string, type: string) => string;

function placeOf(page: KeyPage, given: Given): readonly string[] {
  if ('keyId' in page) {
    const version = given(String(page.keyVersion), 'integer');
    return [`stored.key_id = ${given(page.keyId, 'uuid')}`, `stored.key_version = ${version}`];
  }
  const { tenant, subject } = page;
  return [
    tenant === null ? 'stored.tenant IS NULL' : `stored.tenant = ${given(tenant, 'text')}`,
    ...(subject === undefined ? [] : [`stored.subject = ${given(subject, 'text')}`]),
  ];
}

/** Key rows of a tenant, a subject or a key version, page by page; indexes of both tables serve it. */
export async function listKeys(
  session: Session,
  schema: string,
  page: KeyPage,
): Promise<readonly KeyRow[]> {
  const { table, after, limit } = page;
  const described = sqlTable(table);
  const columns = described.columns.map(({ name, type }) => selectExpression(name, type));
  const values: (string | null)[] = [String(Math.min(limit, MAX_ROWS))];
  const given: Given = (value, type) => {
    values.push(value);
    return `$${values.length}::${type}`;
  };
  const conditions = [
    ...placeOf(page, given),
    ...(after === null ? [] : [`stored.id > ${given(bytesParameter(after), 'bytea')}`]),
  ];
  const rows = await session.rows(
    `SELECT ${columns.join(', ')} FROM ${qualified(schema, table)} AS stored
WHERE ${conditions.join(' AND ')} ORDER BY stored.id LIMIT $1::integer`,
    values,
  );
  return rows.map((row) => toStoredRow(described, row));
}
