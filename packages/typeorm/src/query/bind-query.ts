import { FieldsealError } from '@fieldseal/core';
import type { DataSource, QueryRunner } from 'typeorm';
import { Parameter } from '../annotation/parameter.ts';
import type { SealedColumn, SealedEntity } from '../model/sealed-entities.ts';
import { bindParameters } from '../parameter/bind-parameters.ts';
import type { FieldParameter } from '../parameter/field-parameter.ts';
import { LookupParameter } from '../parameter/lookup-parameter.ts';
import { RowParameter } from '../parameter/row-parameter.ts';
import { contextOf, type QueryContext } from './query-context.ts';
import { refusal } from './refusal.ts';

/** Gives the sealed parameters of a statement their values, after the self-check. */
export async function bindQuery(
  dataSource: DataSource,
  queryRunner: QueryRunner,
  parameters: readonly unknown[] | undefined,
): Promise<void> {
  const context = contextOf(dataSource);
  if (context === undefined || parameters === undefined) return;
  if (!parameters.some((parameter) => parameter instanceof Parameter)) return;
  await context.ready(queryRunner);
  await bindParameters(context.codec, parameters, (parameter) => {
    resolve(context, dataSource, parameter);
  });
}

/** Finds out what `sealed()` and `token()` of the application are about in this data source. */
function resolve(context: QueryContext, dataSource: DataSource, parameter: FieldParameter): void {
  const { target, property, question } = parameter;
  const entity = context.entities.of(dataSource.getMetadata(target));
  const sealed = entity?.byPath.get(property);
  if (entity === undefined || sealed === undefined) {
    const message = `${property} is not a sealed field of the entity`;
    throw new FieldsealError('ERR_FIELD_UNKNOWN', message, { field: property });
  }
  parameter.resolve((value) =>
    question.kind === 'token'
      ? tokenParameter(context, entity, sealed, value, question.options)
      : rowParameter(context, entity, sealed, value, question.place),
  );
}

function rowParameter(
  { codec }: QueryContext,
  { model }: SealedEntity,
  { field }: SealedColumn,
  value: unknown,
  place: { readonly row?: object; readonly tenant?: string; readonly subject?: string },
): RowParameter {
  if (field.from !== undefined && codec.phaseOf(model, field.name) !== 'sealed') {
    // SQL with a cell alone would leave the row with two values, or with none
    const why = 'its value may belong into the old column; write it through the entity';
    throw refusal({ model, field: field.name, operator: 'sealed()' }, why);
  }
  const { row, tenant, subject } = place;
  const scope = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(subject === undefined ? {} : { subject }),
  };
  const pending = {
    model,
    operation: `${model}.sealed`,
    values: { [field.name]: value },
    scope,
    ...(row === undefined ? {} : { row: row as Readonly<Record<string, unknown>> }),
  };
  return new RowParameter(pending, field.name);
}

function tokenParameter(
  context: QueryContext,
  { model }: SealedEntity,
  { field }: SealedColumn,
  value: unknown,
  { part, tenant }: { readonly part?: string; readonly tenant?: string },
): LookupParameter {
  const operation = `${model}.token`;
  const [operator, operand] = partQuestion(part, value);
  const op = {
    model,
    field: field.name,
    operator,
    operand,
    ...(tenant === undefined ? {} : { tenant }),
  };
  const index = field.indexes.find((each) => each.part === part);
  const shape = context.codec.shapeOf(operation, op);
  if (index === undefined || shape.index !== index.name || shape.match !== 'equals') {
    const message = `${model}.${field.name} has no ${part ?? 'equality'} index that gives one token now`;
    const place = { model, field: field.name, operation, operator: part ?? 'equality' };
    throw new FieldsealError('ERR_OPERATOR_UNSUPPORTED', message, place);
  }
  return new LookupParameter(operation, op, false);
}

/** The question that each part answers. */
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
