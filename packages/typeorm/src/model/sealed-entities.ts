import type { Manifest, ManifestField, ManifestIndex, ManifestModel } from '@fieldseal/core';
import type { DataSource, EntityMetadata } from 'typeorm';
import { checkColumn } from './check-column.ts';
import { checkNeighbours } from './check-neighbours.ts';
import { compileEntity } from './compile-entity.ts';
import { draftEntity, type EntityDraft } from './entity-draft.ts';
import { resolveManifest } from './resolve-manifest.ts';

/** TypeORM does not export the class by name from its index. */
export type ColumnMetadata = EntityMetadata['columns'][number];

/** A sealed column of one entity, with the columns that hold its tokens. */
export interface SealedColumn {
  readonly column: ColumnMetadata;
  readonly field: ManifestField;
  /** Model name in the manifest. */
  readonly model: string;
  readonly tokens: readonly SealedToken[];
  /** Where its values stand until they are sealed. */
  readonly old: ColumnMetadata | undefined;
}

export interface SealedToken {
  readonly index: ManifestIndex;
  readonly column: ColumnMetadata;
}

export interface KeyColumn {
  readonly column: ColumnMetadata;
  /** As in the manifest. */
  readonly name: string;
  /** The adapter makes the uuid before the insert where the application gives none. */
  readonly generatesUuid: boolean;
}

/** Compiled facts of one entity; children of a table with a discriminator share the root's model. */
export interface SealedEntity {
  readonly metadata: EntityMetadata;
  /** Model name in the manifest. */
  readonly model: string;
  readonly manifestModel: ManifestModel;
  readonly sealed: ReadonlyMap<ColumnMetadata, SealedColumn>;
  readonly tokenOf: ReadonlyMap<
    ColumnMetadata,
    { readonly sealed: SealedColumn; readonly index: ManifestIndex }
  >;
  /** By old column. */
  readonly oldOf: ReadonlyMap<ColumnMetadata, SealedColumn>;
  /** By property path, such as `profile.pan`. */
  readonly byPath: ReadonlyMap<string, SealedColumn>;
  /** The primary key, sorted as in the manifest. */
  readonly keys: readonly KeyColumn[];
  /** Any column by its property path, such as the one that holds the tenant. */
  column(propertyPath: string): ColumnMetadata | undefined;
}

/** What is sealed in one data source. */
export interface SealedEntities {
  readonly manifest: Manifest;
  /** `undefined`: nothing of the entity is sealed. */
  of(metadata: EntityMetadata): SealedEntity | undefined;
}

/**
 * Reads what is sealed in a data source whose metadata TypeORM has built.
 *
 * @throws FieldsealError `ERR_ANNOTATION_INVALID` that names entity and property, and says what to
 * write instead
 */
export function readSealedEntities(dataSource: DataSource): SealedEntities {
  const { entityMetadatas } = dataSource;
  const roots = entityMetadatas.filter((metadata) => rootOf(metadata) === metadata);
  const drafts = roots.flatMap((metadata) => draftEntity(metadata) ?? []);
  for (const draft of drafts) {
    for (const sealed of draft.sealed) checkColumn(draft, sealed);
  }
  const children = entityMetadatas.flatMap((metadata) => draftEntity(metadata) ?? []);
  checkNeighbours(entityMetadatas, new Set(children.flatMap(reservedColumns)));
  const manifest = resolveManifest(drafts);
  const models = new Map(manifest.models.map((model) => [model.name, model]));
  const entities = new Map<EntityMetadata, SealedEntity>();
  for (const metadata of entityMetadatas) {
    const root = rootOf(metadata);
    const model = drafts.some((draft) => draft.metadata === root) && models.get(root.name);
    if (model) entities.set(metadata, compileEntity(metadata, model));
  }
  return { manifest, of: (metadata) => entities.get(metadata) };
}

/** Children of a table with a discriminator have its columns; all of them are the root's too. */
function rootOf(metadata: EntityMetadata): EntityMetadata {
  return metadata.tableType === 'entity-child' ? metadata.parentEntityMetadata : metadata;
}

function reservedColumns({ sealed }: EntityDraft): readonly ColumnMetadata[] {
  return sealed.flatMap(({ column, tokens, old }) => [
    column,
    ...tokens.map((token) => token.column),
    ...(old === undefined ? [] : [old]),
  ]);
}
