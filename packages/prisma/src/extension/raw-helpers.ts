import { type FieldCodec, FieldsealError, type ManifestField, type Scope } from '@fieldseal/core';
import { fromCellValue, toCellValue } from './application-value.ts';
import { fromOldValues, stripOldValues } from './old-values.ts';
import { refusal } from './refusal.ts';
import type { SchemaView } from './schema-view.ts';

/** Whose value it is and which row it belongs to, where the field needs that. */
export interface RawPlace {
  /** Primary-key values by property name; needed by row-bound fields. */
  readonly row?: Readonly<Record<string, unknown>>;
  /** Needed by fields with `scope` or `subject`; the ambient scope is used when absent. */
  readonly scope?: Scope;
}

/** A sealed value with the tokens that have to stand beside it. */
export interface RawSealed {
  /** Text or bytes, as the column stores it. */
  readonly cell: unknown;
  /** By property name of the token column; 32 bytes or fewer each, and twice as many while its index rotates. */
  readonly tokens: Readonly<Record<string, Uint8Array | null>>;
}

/**
 * For SQL of your own: `$queryRaw` and `$executeRaw` go past the extension and see cells.
 *
 * @example
 * ```ts
 * const token = await prisma.$fieldseal.token('Card.number', '4111 1111 1111 1111');
 * const rows = await prisma.$queryRaw<{ id: string; number: string }[]>`
 *   SELECT id, number FROM "Card" WHERE "numberToken" = ${token}`;
 * await prisma.$fieldseal.openRows('Card', rows);
 * ```
 */
export interface FieldsealHelpers {
  /**
   * Seals one value for a column.
   * @throws `ERR_FIELD_UNKNOWN`, `ERR_VALUE_TYPE`, `ERR_ROW_UNKNOWN`, `ERR_SCOPE_REQUIRED`
   */
  seal(field: string, value: unknown, place?: RawPlace): Promise<RawSealed>;
  /**
   * The token of a value, for `=` on a token column.
   * @param options - `part`: `last4`, `first6` or `year` instead of equality; `tenant` of the
   * index, where the ambient scope does not say it.
   * @throws `ERR_FIELD_UNKNOWN`, `ERR_OPERATOR_UNSUPPORTED`, `ERR_SCOPE_REQUIRED`
   */
  token(
    field: string,
    value: unknown,
    options?: { readonly part?: string; readonly tenant?: string },
  ): Promise<Uint8Array>;
  /**
   * Opens one cell.
   * @throws `ERR_CIPHERTEXT_REJECTED` for anything that was not sealed for this very place
   */
  open(field: string, cell: unknown, place?: RawPlace): Promise<unknown>;
  /**
   * Opens the sealed fields of rows in place. Rows use property names, as in
   * `SELECT tenant_id AS "tenantId"`, and hold the primary key and scope columns that the cells
   * are bound to.
   */
  openRows<R extends object>(model: string, rows: readonly R[]): Promise<readonly R[]>;
  /** Runs the self-check now, instead of at the first use of a sealed field. */
  ready(): Promise<void>;
}

export function createHelpers(
  codec: FieldCodec,
  schema: SchemaView,
  ambient: () => Scope,
  ready: () => Promise<void>,
): FieldsealHelpers {
  const openRows = async (model: string, rows: readonly Record<string, unknown>[]) => {
    const sealed = schema.model(model).sealed;
    if (sealed === undefined || rows.length === 0) return;
    const view = schema.model(model);
    fromOldValues(view, rows);
    await codec.open(`${model}.openRows`, [{ model, rows }]);
    stripOldValues(view, rows);
    for (const field of sealed.fields.values()) convert(field, rows);
  };
  return {
    ready,
    async seal(path, value, place = {}) {
      await ready();
      const { model, field } = fieldAt(schema, path);
      refuseMoving(codec, model, field);
      const target: Record<string, unknown> = {
        [field.name]: toCellValue(model, field, value),
      };
      const call = codec.call(`${model}.seal`);
      const scope = { ...ambient(), ...place.scope };
      call.seal({ model, target, scope, ...(place.row && { row: place.row }) });
      await call.run();
      const { [field.name]: cell, ...tokens } = target;
      return { cell, tokens: tokens as RawSealed['tokens'] };
    },
    async token(path, value, options = {}) {
      await ready();
      const { model, field } = fieldAt(schema, path);
      return tokenOf(codec, model, field, value, options);
    },
    async open(path, cell, place = {}) {
      await ready();
      const { model, field } = fieldAt(schema, path);
      const scope = { ...ambient(), ...place.scope };
      const row: Record<string, unknown> = { ...place.row, [field.name]: cell };
      if (field.from !== undefined) row[field.from.name] = null;
      if (field.scope !== undefined && scope.tenant !== undefined) row[field.scope] = scope.tenant;
      if (field.subject !== undefined && scope.subject !== undefined) {
        row[field.subject] = scope.subject;
      }
      await openRows(model, [row]);
      return row[field.name];
    },
    async openRows(model, rows) {
      await ready();
      await openRows(model, rows as readonly Record<string, unknown>[]);
      return rows;
    },
  };
}

/** SQL with a cell alone would leave the row with two values, or with none. */
function refuseMoving(codec: FieldCodec, model: string, { name, from }: ManifestField): void {
  if (from === undefined || codec.phaseOf(model, name) === 'sealed') return;
  const place = { model, field: name, operation: `${model}.seal`, operator: 'seal' };
  throw refusal(place, 'its value may belong into the old column; write it by the client');
}

function convert(field: ManifestField, rows: readonly Record<string, unknown>[]): void {
  const change = fromCellValue(field.type);
  if (change === undefined) return;
  for (const row of rows) {
    const value = row[field.name];
    if (value !== undefined && value !== null) row[field.name] = change(value);
  }
}

async function tokenOf(
  codec: FieldCodec,
  model: string,
  field: ManifestField,
  value: unknown,
  options: { readonly part?: string; readonly tenant?: string },
): Promise<Uint8Array> {
  const index = field.indexes.find((each) => each.part === options.part);
  // A whole row of tokens is made, since each part is asked for by an operator of its own.
  const tokens = index && (await partTokens(codec, model, field, index.name, value, options));
  const token = tokens?.[0];
  if (token !== undefined && tokens?.length === 1) return token;
  const operator = options.part ?? 'equality';
  const why =
    token === undefined
      ? `has no ${operator} index`
      : 'has an index that rotates, so that its rows have one of two tokens; ask through the client';
  throw new FieldsealError('ERR_OPERATOR_UNSUPPORTED', `${model}.${field.name} ${why}`, {
    model,
    field: field.name,
    operation: `${model}.token`,
    operator,
    ...(token === undefined ? {} : { reason: 'rotating' }),
  });
}

async function partTokens(
  codec: FieldCodec,
  model: string,
  field: ManifestField,
  column: string,
  value: unknown,
  options: { readonly part?: string; readonly tenant?: string },
): Promise<readonly Uint8Array[] | undefined> {
  const call = codec.call(`${model}.token`);
  const [operator, operand] = partQuestion(options.part, value);
  let found: readonly Uint8Array[] | undefined;
  const op = { model, field: field.name, operator, operand };
  call.lookup(
    options.tenant === undefined ? op : { ...op, tenant: options.tenant },
    (predicate) => {
      if (predicate.column === column) found = predicate.tokens;
    },
  );
  await call.run();
  return found;
}

/** The operator that each part answers; a custom part is looked up by its own value. */
function partQuestion(
  part: string | undefined,
  value: unknown,
): readonly ['equals' | 'startsWith' | 'endsWith' | 'range', unknown] {
  switch (part) {
    case 'last4':
      return ['endsWith', value];
    case 'first6':
      return ['startsWith', value];
    case 'year': {
      const year = Number(value);
      return ['range', { gte: new Date(Date.UTC(year, 0)), lt: new Date(Date.UTC(year + 1, 0)) }];
    }
    default:
      return ['equals', value];
  }
}

function fieldAt(
  schema: SchemaView,
  path: string,
): { readonly model: string; readonly field: ManifestField } {
  const [model = '', name = '', ...rest] = path.split('.');
  const field = rest.length === 0 ? schema.model(model).sealed?.fields.get(name) : undefined;
  if (field !== undefined) return { model, field };
  throw new FieldsealError('ERR_FIELD_UNKNOWN', `${path} is no sealed field; write "Model.field"`, {
    model,
    field: name,
  });
}
