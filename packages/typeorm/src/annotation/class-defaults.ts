import type { EncryptedDefaults } from './annotation.ts';

const defaultsOf = new WeakMap<object, EncryptedDefaults>();

/** Remembers the defaults that stand on a class. */
export function setClassDefaults(target: object, defaults: EncryptedDefaults): void {
  defaultsOf.set(target, { ...defaultsOf.get(target), ...defaults });
}

/**
 * The defaults of a class and of those that it extends; what stands nearer to the class wins.
 * @param target - A class, or the name of an EntitySchema, which has none.
 */
export function classDefaults(target: unknown): EncryptedDefaults {
  if (typeof target !== 'function') return {};
  const parent: unknown = Object.getPrototypeOf(target);
  return { ...classDefaults(parent), ...defaultsOf.get(target) };
}
