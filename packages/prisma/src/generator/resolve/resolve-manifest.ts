import { type ManifestModel, manifestKey, manifestScopes } from '@fieldseal/core';
import type { DMMF } from '@prisma/generator-helper';
import type { PrismaManifest } from '../../manifest/prisma-manifest.ts';
import type { Problems } from '../problem.ts';
import type { SchemaSource } from '../source/schema-source.ts';
import { checkIds } from './check-ids.ts';
import { checkSealed } from './check-sealed.ts';
import { checkStrays } from './check-strays.ts';
import { checkToken } from './check-token.ts';
import { collectModels } from './collect-models.ts';
import type { ModelContext } from './model-context.ts';
import { columnOf, resolveField } from './resolve-field.ts';
import { resolveGraphModel } from './resolve-graph.ts';
import { primaryKeyFacts } from './row-key.ts';
import { tokenIndexesOf } from './token-indexes.ts';

export interface ResolvedSchema {
  readonly manifest: PrismaManifest;
  readonly models: readonly ModelContext[];
}

/**
 * Turns an annotated schema into the manifest. Everything wrong with it is added to `problems`;
 * the result counts only when there is none.
 */
export function resolveManifest(
  source: SchemaSource,
  datamodel: DMMF.Datamodel,
  problems: Problems,
): ResolvedSchema {
  checkStrays(source, problems);
  const models = collectModels(source, datamodel, problems);
  for (const context of models) {
    for (const draft of context.sealed) checkSealed(context, draft);
    for (const draft of context.tokens) checkToken(context, draft);
  }
  const manifest: PrismaManifest = {
    version: 1,
    adapter: 'prisma',
    models: models.filter(({ sealed }) => sealed.length > 0).map(resolveModel),
    graph: Object.fromEntries(
      models.map((context) => [context.model.name, resolveGraphModel(context)]),
    ),
  };
  checkIds(manifest, models, problems);
  return { manifest, models };
}

function resolveModel(context: ModelContext): ManifestModel {
  const { model, sealed } = context;
  const schema = model.schema ?? undefined;
  return {
    name: model.name,
    table: model.dbName ?? model.name,
    ...(schema === undefined ? {} : { schema }),
    primaryKey: manifestKey(primaryKeyFacts(model)),
    ...scopeColumnsOf(context),
    ...tokenIndexesOf(context),
    fields: sealed.map((draft) => resolveField(context, draft)),
  };
}

function scopeColumnsOf({ model, sealed }: ModelContext): Pick<ManifestModel, 'scopeColumns'> {
  const named = new Set(sealed.flatMap(({ options }) => [options.scope, options.subject]));
  const fields = model.fields.filter(({ name }) => named.has(name));
  return manifestScopes(fields.map((field) => ({ name: field.name, column: columnOf(field) })));
}
