import { type FieldCodec, FieldsealError, type SealedModel } from '@fieldseal/core';
import type {
  PrismaField,
  PrismaManifest,
  PrismaModel,
  PrismaUnique,
} from '../manifest/prisma-manifest.ts';

/** One model as the walkers need it; compiled once, looked up by schema and never by guess. */
export interface ModelView {
  readonly name: string;
  /** `undefined`: the model has no sealed field. */
  readonly sealed: SealedModel | undefined;
  /** Property names of the sealed fields. */
  readonly sealedNames: readonly string[];
  readonly fields: ReadonlyMap<string, PrismaField>;
  /** Compound keys and uniques by the name that the application writes. */
  readonly compounds: ReadonlyMap<string, PrismaUnique>;
  /** Physical names of compounds that hide a token column; the application must not write them. */
  readonly hiddenCompounds: ReadonlySet<string>;
  /** Property names of the primary key; empty when there is none. */
  readonly primaryKey: readonly string[];
  /** Whether this model or one that it is related to, at any distance, has a sealed field. */
  readonly reachesSealed: boolean;
  /** Fields that scope columns of related sealed models refer to: changing one cascades to them. */
  readonly scopeSources: ReadonlySet<string>;
}

export interface SchemaView {
  /** @throws `ERR_MANIFEST_MISMATCH` when the manifest does not know the model. */
  model(name: string): ModelView;
  models(): Iterable<ModelView>;
}

/** Compiles the manifest's graph; every lookup is by `Map`, so no key reaches a prototype. */
export function createSchemaView(manifest: PrismaManifest, codec: FieldCodec): SchemaView {
  const reaching = modelsThatReachSealed(manifest);
  const sources = scopeSourcesOf(manifest);
  const views = new Map<string, ModelView>();
  for (const [name, model] of Object.entries(manifest.graph)) {
    const reachesSealed = reaching.has(name);
    const scopeSources = sources.get(name) ?? new Set();
    views.set(name, { ...viewOf(model, codec.model(name)), reachesSealed, scopeSources });
  }
  return {
    model(name) {
      const view = views.get(name);
      if (view !== undefined) return view;
      throw new FieldsealError(
        'ERR_MANIFEST_MISMATCH',
        `The manifest has no model ${name}; run "prisma generate" again`,
        { model: name },
      );
    },
    models: () => views.values(),
  };
}

function viewOf(
  model: PrismaModel,
  sealed: SealedModel | undefined,
): Omit<ModelView, 'reachesSealed' | 'scopeSources'> {
  const compounds = model.uniques.filter((unique) => unique.fields.length > 1);
  const hidden = compounds.filter((unique) => unique.physicalName !== unique.name);
  const key = model.uniques.find((unique) => unique.isPrimaryKey);
  return {
    name: model.name,
    sealed,
    sealedNames: [...(sealed?.fields.keys() ?? [])],
    fields: new Map(Object.entries(model.fields)),
    compounds: new Map(compounds.map((unique) => [unique.name, unique])),
    hiddenCompounds: new Set(hidden.map((unique) => unique.physicalName)),
    primaryKey: key?.physicalFields ?? [],
  };
}

/** By model: the fields that foreign keys inside scope columns of sealed models point at. */
function scopeSourcesOf(manifest: PrismaManifest): ReadonlyMap<string, Set<string>> {
  const sources = new Map<string, Set<string>>();
  for (const { name, fields } of manifest.models) {
    const columns = new Set(fields.flatMap((field) => [field.scope, field.subject]));
    for (const relation of Object.values(manifest.graph[name]?.fields ?? {})) {
      for (const [place, from] of (relation.from ?? []).entries()) {
        const to = relation.to?.[place];
        if (to === undefined || !columns.has(from)) continue;
        sources.set(relation.type, (sources.get(relation.type) ?? new Set()).add(to));
      }
    }
  }
  return sources;
}

function modelsThatReachSealed(manifest: PrismaManifest): ReadonlySet<string> {
  const reaching = new Set(manifest.models.map((model) => model.name));
  let grew = true;
  while (grew) {
    grew = false;
    for (const [name, model] of Object.entries(manifest.graph)) {
      if (reaching.has(name) || !relatesTo(model, reaching)) continue;
      reaching.add(name);
      grew = true;
    }
  }
  return reaching;
}

function relatesTo(model: PrismaModel, names: ReadonlySet<string>): boolean {
  return Object.values(model.fields).some(
    (field) => field.kind === 'relation' && names.has(field.type),
  );
}
