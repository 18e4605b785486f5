import { whyNotRowBound } from '@fieldseal/core';
import type { PrismaManifest } from '../manifest/prisma-manifest.ts';
import type { ModelContext } from './resolve/model-context.ts';
import { primaryKeyFacts } from './resolve/row-key.ts';

/** One line for each sealed field, so that a developer sees what an annotation came to. */
export function summarize(
  { models }: PrismaManifest,
  contexts: readonly ModelContext[],
): readonly string[] {
  const reasons = new Map(
    contexts.map(({ model }) => [model.name, whyNotRowBound(primaryKeyFacts(model))]),
  );
  return models.flatMap(({ name, fields }) =>
    fields.map((field) => {
      const kinds = field.indexes.map(({ kind, part }) => part ?? kind);
      const searched = kinds.length === 0 ? 'not searchable' : `searchable by ${kinds.join(', ')}`;
      const reason = field.bind === 'field' ? reasons.get(name) : undefined;
      const because = reason === undefined ? '' : ` (because ${reason})`;
      return `${name}.${field.name}: sealed as ${field.type}, bound to its ${field.bind}${because}, ${searched}`;
    }),
  );
}
