import type { Manifest } from '@fieldseal/core';

/** A field of any model, as the extension needs it to walk arguments and results by schema. */
export interface PrismaField {
  /** `scalar` includes enums; `relation` fields name a model in `type`. */
  readonly kind: 'scalar' | 'relation';
  /** Physical Prisma type (`String`, `Bytes`, `BigInt` ...) or the related model. */
  readonly type: string;
  readonly isList: boolean;
  readonly isRequired: boolean;
  /** Database column; absent for relations. */
  readonly column?: string;
  /** Name of the `@default` function (`uuid`, `cuid`, `autoincrement`, `dbgenerated` ...) with its first argument, or `value` for a constant. */
  readonly default?: { readonly name: string; readonly argument?: number };
  readonly isUpdatedAt?: boolean;
  /** Name of the relation, the same on both of its sides. */
  readonly relation?: string;
  /** Of a relation: this side's foreign-key fields and the fields they refer to; empty on the other side. */
  readonly from?: readonly string[];
  readonly to?: readonly string[];
}

/** A primary key, `@unique` or `@@unique` by which one row can be named. */
export interface PrismaUnique {
  /** Name in the application's `where`: a field, or the compound name such as `tenantId_aadhaar`. */
  readonly name: string;
  /** Name in the physical `where`, such as `tenantId_aadhaarToken`; equal when nothing is sealed. */
  readonly physicalName: string;
  /** Fields as the application names them: a sealed field stands for its equality token. */
  readonly fields: readonly string[];
  readonly physicalFields: readonly string[];
  readonly isPrimaryKey: boolean;
}

export interface PrismaModel {
  readonly name: string;
  readonly table: string;
  readonly schema?: string;
  /** Physical fields, token columns included. */
  readonly fields: Readonly<Record<string, PrismaField>>;
  readonly uniques: readonly PrismaUnique[];
}

/** What the generator writes: the manifest of the core, and the graph of all models. */
export interface PrismaManifest extends Manifest {
  readonly adapter: 'prisma';
  /** All models, also those without sealed fields, by name. */
  readonly graph: Readonly<Record<string, PrismaModel>>;
}
