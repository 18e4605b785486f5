import { BaseEntity, type ColumnOptions, getMetadataArgsStorage } from 'typeorm';
import type { ColumnMetadataArgs } from 'typeorm/metadata-args/ColumnMetadataArgs.js';

type Target = ColumnMetadataArgs['target'];

/**
 * Registers a column that must not be lost. Of several columns for one property, in one class or in
 * classes that extend one another or share a table, TypeORM uses the one registered first; so this
 * one goes before all of them, whenever they are or will be registered.
 */
export function registerColumn(target: Target, propertyName: string, options: ColumnOptions): void {
  const { columns } = getMetadataArgsStorage();
  const args: ColumnMetadataArgs = { target, propertyName, mode: 'regular', options };
  const first = columns.findIndex(
    (other) => other.propertyName === propertyName && familyOf(other.target) === familyOf(target),
  );
  columns.splice(first === -1 ? columns.length : first, 0, args);
}

/** The column that TypeORM's own decorators have registered for a property of this very class. */
export function columnArgsOf(target: Target, propertyName: string): readonly ColumnMetadataArgs[] {
  return getMetadataArgsStorage().columns.filter(
    (other) => other.target === target && other.propertyName === propertyName,
  );
}

export function removeColumn(args: ColumnMetadataArgs): void {
  const { columns } = getMetadataArgsStorage();
  const place = columns.indexOf(args);
  if (place !== -1) columns.splice(place, 1);
}

/** The topmost class that a class extends: all below it can meet in one table. */
export function familyOf(target: Target): Target {
  if (typeof target !== 'function') return target;
  const parent: unknown = Object.getPrototypeOf(target);
  const isTop =
    typeof parent !== 'function' || parent === BaseEntity || parent === Function.prototype;
  return isTop ? target : familyOf(parent);
}
