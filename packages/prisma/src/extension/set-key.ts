/** Assigns without ever reaching a prototype: keys come from the application's arguments. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    return;
  }
  target[key] = value;
}
