const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Hides what an object holds from `console.log`, `JSON.stringify` and string conversion. Objects
 * with methods are refused by `structuredClone` anyway.
 */
export function redacted<T extends object>(name: string, object: T): T {
  const text = `[Fieldseal ${name}]`;
  const hidden = { enumerable: false, configurable: false, writable: false };
  Object.defineProperties(object, {
    [INSPECT]: { ...hidden, value: () => text },
    toJSON: { ...hidden, value: () => text },
    toString: { ...hidden, value: () => text },
  });
  return Object.freeze(object);
}
