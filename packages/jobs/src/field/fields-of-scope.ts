import type { Manifest, ManifestField } from '@fieldseal/core';

/** Whose rows: as `keyring.kms.shred` was told. */
export interface ShreddedRows {
  readonly tenant?: string;
  readonly subject?: string;
}

/** Whether cells of a field can be of such a scope: what is shredded of a tenant is all of its subjects. */
export function isOfScope(field: ManifestField, { tenant, subject }: ShreddedRows): boolean {
  const isOfTenant = (tenant !== undefined) === (field.scope !== undefined);
  return isOfTenant && (subject === undefined || field.subject !== undefined);
}

/**
 * The fields of a manifest that have cells of such a tenant or subject, as `Model.field`.
 *
 * @example
 * ```ts
 * import { fieldsOfScope, shredRows } from '@fieldseal/jobs';
 *
 * for (const field of fieldsOfScope(manifest, { tenant: 'acme' }))
 *   await shredRows({ database: url, keyring, manifest, field, tenant: 'acme' });
 * ```
 */
export function fieldsOfScope({ models }: Manifest, scope: ShreddedRows): readonly string[] {
  const tables = models.filter(({ view }) => view !== true);
  return tables.flatMap((model) =>
    model.fields
      .filter((field) => isOfScope(field, scope))
      .map((field) => `${model.name}.${field.name}`),
  );
}
