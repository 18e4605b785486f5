import type { DMMF } from '@prisma/generator-helper';
import type { PrismaField, PrismaModel, PrismaUnique } from '../../manifest/prisma-manifest.ts';
import type { ModelContext } from './model-context.ts';
import { columnOf } from './resolve-field.ts';
import { primaryKeyFields } from './row-key.ts';

/** One model of the graph: what the extension needs to walk arguments and results. */
export function resolveGraphModel(context: ModelContext): PrismaModel {
  const { model } = context;
  const schema = model.schema ?? undefined;
  return {
    name: model.name,
    table: model.dbName ?? model.name,
    ...(schema === undefined ? {} : { schema }),
    fields: Object.fromEntries(
      model.fields
        .filter((field) => field.kind !== 'unsupported')
        .map((field) => [field.name, resolveGraphField(field)]),
    ),
    uniques: resolveUniques(context),
  };
}

function resolveGraphField(field: DMMF.Field): PrismaField {
  const shape = { type: field.type, isList: field.isList, isRequired: field.isRequired };
  if (field.kind === 'object') {
    const from = field.relationFromFields ?? [];
    const { relationName: relation, relationToFields: to = [] } = field;
    return {
      kind: 'relation',
      ...shape,
      ...(relation === undefined ? {} : { relation }),
      from,
      to,
    };
  }
  const initial = resolveDefault(field);
  return {
    kind: 'scalar',
    ...shape,
    column: columnOf(field),
    ...(initial === undefined ? {} : { default: initial }),
    ...(field.isUpdatedAt === true ? { isUpdatedAt: true } : {}),
  };
}

function resolveDefault(field: DMMF.Field): PrismaField['default'] {
  const value = field.default;
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || !('name' in value)) return { name: 'value' };
  const [argument] = value.args;
  return typeof argument === 'number' ? { name: value.name, argument } : { name: value.name };
}

function resolveUniques(context: ModelContext): readonly PrismaUnique[] {
  const { model } = context;
  const key = primaryKeyFields(model).map(({ name }) => name);
  const keyName = model.primaryKey?.name ?? undefined;
  const fields = model.fields
    .filter(({ isUnique }) => isUnique)
    .map(({ name }) => ({ fields: [name] }));
  const uniques: readonly { readonly name?: string; readonly fields: readonly string[] }[] = [
    ...fields,
    ...compoundUniques(model),
  ];
  const nameable = uniques.filter(
    ({ fields }) => !fields.some((name) => isPart(context, name) || isSealed(context, name)),
  );
  const primary = key.length === 0 ? [] : [resolveUnique(context, key, keyName, true)];
  return [
    ...primary,
    ...nameable.map((unique) => resolveUnique(context, unique.fields, unique.name, false)),
  ];
}

/** The DMMF gives the name only for those that were given one in the schema. */
function compoundUniques(
  model: DMMF.Model,
): readonly { readonly name?: string; readonly fields: readonly string[] }[] {
  return model.uniqueFields.map((fields) => {
    const named = model.uniqueIndexes.find((index) => index.fields.join() === fields.join());
    return named?.name ? { name: named.name, fields } : { fields };
  });
}

function resolveUnique(
  context: ModelContext,
  physicalFields: readonly string[],
  givenName: string | undefined,
  isPrimaryKey: boolean,
): PrismaUnique {
  const fields = physicalFields.map((name) => applicationName(context, name));
  return {
    name: givenName ?? fields.join('_'),
    physicalName: givenName ?? physicalFields.join('_'),
    fields,
    physicalFields,
    isPrimaryKey,
  };
}

/** The application has no words for a unique over a part of a value: nothing there is named by it. */
function isPart({ tokens }: ModelContext, name: string): boolean {
  return tokens.some(({ field, options }) => field.name === name && options.kind === 'part');
}

/** Over plaintext, from before the field was sealed; the application goes by the token. */
function isSealed({ sealed }: ModelContext, name: string): boolean {
  return sealed.some(({ field, options }) => field.name === name || options.from === name);
}

/** A sealed field stands for its equality token. */
function applicationName({ tokens }: ModelContext, name: string): string {
  const token = tokens.find(
    ({ field, options }) => field.name === name && options.kind === 'equality',
  );
  return token?.options.field ?? name;
}
