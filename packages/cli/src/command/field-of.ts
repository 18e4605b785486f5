import {
  FieldsealError,
  type Manifest,
  type ManifestField,
  type ManifestModel,
} from '@fieldseal/core';

/** @throws `ERR_FIELD_UNKNOWN` */
export function fieldOf(
  manifest: Manifest,
  name: string,
): { readonly model: ManifestModel; readonly field: ManifestField } {
  for (const model of manifest.models) {
    const field = model.fields.find((each) => `${model.name}.${each.name}` === name);
    if (field !== undefined) return { model, field };
  }
  const names = manifest.models.flatMap((model) =>
    model.fields.map((field) => `${model.name}.${field.name}`),
  );
  const message = `There is no sealed field ${name}; there are ${names.join(', ')}`;
  throw new FieldsealError('ERR_FIELD_UNKNOWN', message, { field: name });
}
