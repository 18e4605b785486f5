import { dataKeySql } from '../table/data-key-sql.ts';
import type { Session } from '../table/session.ts';
import type { CoveredField } from './covered-fields.ts';
import type { DataKeysOfField } from './data-keys-of-field.ts';

/** Each data key takes one descent into the index. With more of them than pages, reading the table is faster. */
const FEWEST_STEPS = 1000;

/** SQL of the data keys in a column: the smallest id, then always the next greater one. */
export function nextDataKeysSql({ field, table, pages }: CoveredField): string {
  const id = dataKeySql(field);
  const first = (condition: string): string =>
    `(SELECT ${id} AS id FROM ${table} WHERE (${id}) ${condition} ORDER BY ${id} LIMIT 1)`;
  return `WITH RECURSIVE fieldseal_ids(id) AS (
    ${first('IS NOT NULL')}
    UNION ALL
    SELECT ${first('> fieldseal_ids.id')} FROM fieldseal_ids WHERE fieldseal_ids.id IS NOT NULL
  )
  SELECT encode(id, 'hex') AS id FROM fieldseal_ids WHERE id IS NOT NULL
   LIMIT ${Math.max(FEWEST_STEPS, pages) + 1}`;
}

/**
 * The data keys of a column by an index over {@link dataKeySql}, in a snapshot that lasts until they are counted.
 *
 * The statements are right with any index and with none; whether there is one that serves them, the planner says. It
 * takes none that is invalid, without some of the cells or over anything else, whatever its name is.
 *
 * @returns `undefined` when the table has to be read
 * @throws `ERR_DATABASE`
 */
export async function dataKeysByIndex(
  session: Session,
  covered: CoveredField,
): Promise<DataKeysOfField | undefined> {
  const { field, table, pages } = covered;
  const statement = nextDataKeysSql(covered);
  await session.rows('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // the planner does not know how long our expression takes for each row of a table
  await session.rows('SET LOCAL enable_seqscan = off');
  const [plan] = await session.rows(`EXPLAIN (FORMAT JSON) ${statement}`);
  const ids = isByIndex(plan?.['QUERY PLAN'])
    ? (await session.rows(statement)).map(({ id }) => String(id))
    : undefined;
  if (ids === undefined || ids.length > Math.max(FEWEST_STEPS, pages)) {
    await session.rows('ROLLBACK');
    return undefined;
  }
  return {
    ids,
    async count(asked) {
      const [row] = await session.rows(
        `SELECT count(*) AS n FROM ${table}
          WHERE (${dataKeySql(field)}) = ANY (ARRAY(SELECT decode(id, 'hex') FROM unnest($1::text[]) AS id))`,
        [asked],
      );
      await session.rows('COMMIT');
      return BigInt(String(row?.n));
    },
  };
}

type Plan = Readonly<Record<string, unknown>>;

/** Whether a plan finds its rows in the order of an index; only one over the data keys has that order. */
function isByIndex(explained: unknown): boolean {
  const [{ Plan: root }] = explained as readonly [{ readonly Plan: Plan }];
  const nodes = nodesOf(root);
  // a foreign table may sort by itself
  const scans = nodes.filter((node) => node['Relation Name'] !== undefined);
  return (
    scans.length > 0 &&
    scans.every((node) => /^Index/.test(String(node['Node Type']))) &&
    !nodes.some((node) => /Sort/.test(String(node['Node Type'])))
  );
}

function nodesOf(plan: Plan): readonly Plan[] {
  const below = (plan.Plans ?? []) as readonly Plan[];
  return [plan, ...below.flatMap(nodesOf)];
}
