import type { FieldCodec, OpenGroup } from '@fieldseal/core';
import { fromCellValue } from './application-value.ts';
import { fromOldValues, stripOldValues } from './old-values.ts';
import type { SchemaView } from './schema-view.ts';
import type { SelectionPlan } from './selection-plan.ts';

type Row = Record<string, unknown>;

/** The rows of one level of the result tree, all of one model. */
interface Level {
  readonly plan: SelectionPlan;
  readonly rows: Row[];
}

/**
 * Opens every sealed field in a result, at any depth, and takes out what was added for that.
 * Cells are found by schema and result keys: what a computed field or another extension left out
 * is not missed, and what the database returned is never passed on unopened.
 */
export async function openResults(
  codec: FieldCodec,
  schema: SchemaView,
  operation: string,
  plan: SelectionPlan,
  result: unknown,
): Promise<void> {
  const levels: Level[] = [];
  collect(schema, { plan, rows: [] }, result, levels);
  const groups = levels.filter(({ plan: { model } }) => schema.model(model).sealed !== undefined);
  if (groups.length > 0) {
    for (const { plan: of, rows } of groups) fromOldValues(schema.model(of.model), rows);
    await codec.open(operation, groups.map(toGroup));
    for (const level of groups) fromCells(schema, level);
  }
  for (const { plan: below, rows } of levels) {
    strip(below.strip, rows);
    stripOldValues(schema.model(below.model), rows);
  }
}

function toGroup({ plan, rows }: Level): OpenGroup {
  return plan.verify.length === 0
    ? { model: plan.model, rows }
    : { model: plan.model, rows, verify: plan.verify };
}

function collect(schema: SchemaView, level: Level, result: unknown, levels: Level[]): void {
  addRows(level.rows, result);
  if (level.rows.length === 0) return;
  levels.push(level);
  for (const [name, model] of relationsOf(schema, level.plan.model)) {
    const plan = level.plan.relations.get(name) ?? bare(model);
    const below: Row[] = [];
    for (const row of level.rows) addRows(below, row[name]);
    if (below.length > 0) collect(schema, { plan, rows: [] }, below, levels);
  }
}

function addRows(rows: Row[], result: unknown): void {
  if (Array.isArray(result)) for (const row of result) addRow(rows, row);
  else addRow(rows, result);
}

function addRow(rows: Row[], row: unknown): void {
  if (typeof row === 'object' && row !== null) rows.push(row as Row);
}

/** A relation that the plan does not know: opened all the same, or refused by the core. */
function bare(model: string): SelectionPlan {
  return { model, strip: [], verify: [], relations: new Map() };
}

const compiled = new WeakMap<SchemaView, Map<string, readonly (readonly [string, string])[]>>();

/** Relations of a model that lead to sealed fields, as pairs of property and model. */
function relationsOf(schema: SchemaView, model: string): readonly (readonly [string, string])[] {
  const known = compiled.get(schema) ?? new Map<string, readonly (readonly [string, string])[]>();
  compiled.set(schema, known);
  const found = known.get(model);
  if (found !== undefined) return found;
  const relations: (readonly [string, string])[] = [];
  for (const [name, field] of schema.model(model).fields) {
    if (field.kind !== 'relation') continue;
    if (schema.model(field.type).reachesSealed) relations.push([name, field.type]);
  }
  known.set(model, relations);
  return relations;
}

function fromCells(schema: SchemaView, { plan, rows }: Level): void {
  for (const field of schema.model(plan.model).sealed?.fields.values() ?? []) {
    const convert = fromCellValue(field.type);
    if (convert === undefined) continue;
    for (const row of rows) {
      const value = row[field.name];
      if (value !== undefined && value !== null) row[field.name] = convert(value);
    }
  }
}

function strip(names: readonly string[], rows: readonly Row[]): void {
  for (const name of names) for (const row of rows) delete row[name];
}
