import type { ObjectLiteral, QueryBuilder } from 'typeorm';
import type { SealedEntity } from '../model/sealed-entities.ts';
import { sealedEntity } from './query-context.ts';

/** The entities with sealed fields in a statement, by alias; writes name columns without one. */
export function aliasesOf(
  builder: QueryBuilder<ObjectLiteral>,
): readonly (readonly [string | undefined, SealedEntity])[] {
  const { aliases, aliasNamePrefixingEnabled } = builder.expressionMap;
  const found: (readonly [string | undefined, SealedEntity])[] = [];
  for (const alias of aliases) {
    if (!alias.hasMetadata) continue;
    const entity = sealedEntity(builder.dataSource, alias.metadata);
    if (entity !== undefined)
      found.push([aliasNamePrefixingEnabled ? alias.name : undefined, entity]);
  }
  return found;
}
