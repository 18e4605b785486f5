const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const HIDDEN = { enumerable: false, configurable: false, writable: false };

/**
 * A prototype whose objects show their name alone to `console.log`, `JSON.stringify` and string
 * conversion: cheaper than properties of each object where many are made.
 */
export function redactedPrototype(name: string): object {
  const text = `[Fieldseal ${name}]`;
  return Object.freeze(
    Object.create(null, {
      [INSPECT]: { ...HIDDEN, value: () => text },
      toJSON: { ...HIDDEN, value: () => text },
      toString: { ...HIDDEN, value: () => text },
    }),
  );
}

/**
 * Hides what an object holds from `console.log`, `JSON.stringify` and string conversion. Objects
 * with methods are refused by `structuredClone` anyway.
 */
export function redacted<T extends object>(name: string, object: T): T {
  Object.setPrototypeOf(object, redactedPrototype(name));
  return Object.freeze(object);
}
