import type { ValueType } from '@fieldseal/core';

/**
 * What a value is at one moment, whatever the application does with it until the statement runs:
 * texts and numbers are that by themselves, dates, bytes and documents are copied.
 */
export interface Snapshot {
  /** The value, or another copy of it; never the object that was given. */
  read(): unknown;
  equals(other: Snapshot): boolean;
  /** By which two snapshots are compared. */
  readonly comparable: unknown;
}

/** @param type - Value type of the field: documents are compared by their JSON text. */
export function takeSnapshot(type: ValueType, value: unknown): Snapshot {
  if (type === 'json') return documentSnapshot(value);
  if (value instanceof Date) {
    const time = value.getTime();
    return snapshot(time, () => new Date(time), Object.is);
  }
  if (value instanceof Uint8Array) {
    const copy = Uint8Array.from(value);
    return snapshot(copy, () => copy, equalBytes);
  }
  if (type === 'decimal') {
    const text = decimalText(value);
    return snapshot(text, () => text, Object.is);
  }
  if ((type === 'date' || type === 'timestamp') && typeof value === 'string') {
    return snapshot(timeOf(value), () => value, Object.is);
  }
  return snapshot(value, () => value, Object.is);
}

/** What Date and text have in common; texts that are no time are compared as they are. */
function timeOf(text: string): unknown {
  return ISO_TIME.test(text) ? Date.parse(text) : text;
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

type Equal = (a: unknown, b: unknown) => boolean;

function snapshot(comparable: unknown, read: () => unknown, equal: Equal): Snapshot {
  return { comparable, read, equals: (other) => equal(comparable, other.comparable) };
}

function documentSnapshot(value: unknown): Snapshot {
  const text = jsonText(value);
  // what is no JSON value is refused where it is sealed, by an error that does not quote it
  if (text === undefined) return snapshot(value, () => value, Object.is);
  const document: JsonText = { text };
  return snapshot(document, () => JSON.parse(text) as unknown, equalText);
}

/** Apart from texts: a document `"a"` is not the text `"a"`. */
interface JsonText {
  readonly text: string;
}

function equalText(a: unknown, b: unknown): boolean {
  return (a as JsonText).text === (b as Partial<JsonText> | null | undefined)?.text;
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function equalBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false;
  return a.every((byte, i) => byte === b[i]);
}

/** Decimal classes have `toFixed`; the same number of another class or as text is the same value. */
function decimalText(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || !('toFixed' in value)) return value;
  return typeof value.toFixed === 'function' ? value.toFixed() : value;
}
