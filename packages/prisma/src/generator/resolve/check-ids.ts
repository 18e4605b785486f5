import type { PrismaManifest } from '../../manifest/prisma-manifest.ts';
import type { Problems } from '../problem.ts';
import { type ModelContext, placeOfField } from './model-context.ts';

/** Two fields with one id would open each other's cells, and two indexes share their tokens. */
export function checkIds(
  manifest: PrismaManifest,
  models: readonly ModelContext[],
  problems: Problems,
): void {
  const owners = new Map<string, string>();
  for (const { name: modelName, fields } of manifest.models) {
    const context = models.find(({ model }) => model.name === modelName);
    const named = fields.flatMap((field) => [field, ...field.indexes]);
    for (const { id, name } of named) {
      const subject = `${modelName}.${name}`;
      const owner = owners.get(id);
      owners.set(id, owner ?? subject);
      if (owner === undefined || context === undefined) continue;
      const message = `${subject}: the id "${id}" belongs to ${owner}; give another one with "id"`;
      problems.add(placeOfField(context, name), message);
    }
  }
}
