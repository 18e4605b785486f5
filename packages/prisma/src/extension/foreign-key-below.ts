import type { PrismaField } from '../manifest/prisma-manifest.ts';
import type { ModelView } from './schema-view.ts';

/**
 * The other side of a relation, where that side holds the foreign key. Two models can have several
 * relations, in both directions and to themselves: the relation's name tells them apart.
 * @param name - the relation's field in `view`
 * @returns `undefined` when the key is on the side of `view`, or in a table between the two
 */
export function foreignKeyBelow(
  view: ModelView,
  name: string,
  below: ModelView,
): PrismaField | undefined {
  const own = view.fields.get(name);
  if (own === undefined || (own.from?.length ?? 0) > 0) return undefined;
  return [...below.fields.values()].find(
    (field) =>
      field.kind === 'relation' &&
      field.type === view.name &&
      field.relation === own.relation &&
      (field.from?.length ?? 0) > 0,
  );
}
