import type { ObjectLiteral } from 'typeorm';
import type { SealedEntity } from '../model/sealed-entities.ts';
import { refusal } from './refusal.ts';

/**
 * TypeORM takes `home.pan` as a key of what an update sets, finds no value under it, and sets the
 * column to NULL. A cell would go without its token, and a row without the owner of its cells.
 * @throws `ERR_OPERATOR_UNSUPPORTED`
 */
export function refuseDottedKeys(entity: SealedEntity, values: ObjectLiteral): void {
  const dotted = Object.keys(values).filter((key) => key.includes('.'));
  if (dotted.length === 0) return;
  const paths = guardedPaths(entity);
  for (const key of dotted) {
    const path = paths.find((each) => isWithin(key, each) || isWithin(each, key));
    if (path === undefined) continue;
    const place = { model: entity.model, field: path, operator: 'a key with dots' };
    throw refusal(place, 'nest the value, one object for each part of the path');
  }
}

function guardedPaths({ sealed, tokenOf, keys }: SealedEntity): readonly string[] {
  const columns = [...sealed.keys(), ...tokenOf.keys(), ...keys.map(({ column }) => column)];
  const scopes = [...sealed.values()].flatMap(({ field: { scope, subject } }) => [scope, subject]);
  return [
    ...columns.map(({ propertyPath }) => propertyPath),
    ...scopes.flatMap((each) => each ?? []),
  ];
}

function isWithin(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}.`);
}
