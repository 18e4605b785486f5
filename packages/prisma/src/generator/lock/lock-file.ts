import type { PrismaManifest } from '../../manifest/prisma-manifest.ts';
import { compareText } from './compare-text.ts';

export const LOCK_FILE_NAME = 'fieldseal.lock.json';

/** What was sealed when the lock was written; every entry is one line of the file. */
export interface LockedField {
  /** Name in the schema, such as `Customer.aadhaar`. */
  readonly field: string;
  readonly type: string;
  readonly bind: string;
}

export interface LockedIndex {
  /** The token column, such as `Customer.aadhaarToken`. */
  readonly token: string;
  readonly normalizer: string;
}

export interface Lock {
  /** By field id. */
  readonly fields: ReadonlyMap<string, LockedField>;
  /** By index id. */
  readonly indexes: ReadonlyMap<string, LockedIndex>;
}

export function lockOf({ models }: PrismaManifest): Lock {
  const fields = new Map<string, LockedField>();
  const indexes = new Map<string, LockedIndex>();
  for (const model of models) {
    for (const { id, name, type, bind, indexes: own } of model.fields) {
      fields.set(id, { field: `${model.name}.${name}`, type, bind });
      for (const index of own) {
        const { normalizer } = index;
        indexes.set(index.id, { token: `${model.name}.${index.name}`, normalizer });
      }
    }
  }
  return { fields, indexes };
}

/** One entry a line, sorted, so that a change of what is sealed is one line of a diff. */
export function writeLock({ fields, indexes }: Lock): string {
  const section = (entries: ReadonlyMap<string, object>): string => {
    const lines = [...entries]
      .sort(([a], [b]) => compareText(a, b))
      .map(([id, entry]) => `    ${JSON.stringify(id)}: ${spaced(entry)}`);
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`;
  };
  return `{\n  "version": 1,\n  "fields": ${section(fields)},\n  "indexes": ${section(indexes)}\n}\n`;
}

function spaced(entry: object): string {
  const members = Object.entries(entry).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{ ${members.join(', ')} }`;
}

/** @returns the lock, or what is wrong with the text */
export function parseLock(text: string): Lock | { readonly wrong: string } {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return { wrong: 'it is not JSON' };
  }
  if (!isRecord(root) || root.version !== 1) return { wrong: 'it has no "version": 1' };
  const fields = readSection(root.fields, ['field', 'type', 'bind']);
  const indexes = readSection(root.indexes, ['token', 'normalizer']);
  if (fields === undefined) return { wrong: '"fields" is not a list of locked fields' };
  if (indexes === undefined) return { wrong: '"indexes" is not a list of locked indexes' };
  return {
    fields: fields as ReadonlyMap<string, LockedField>,
    indexes: indexes as ReadonlyMap<string, LockedIndex>,
  };
}

function readSection(
  section: unknown,
  names: readonly string[],
): ReadonlyMap<string, object> | undefined {
  if (!isRecord(section)) return undefined;
  const entries = Object.entries(section);
  const valid = entries.every(
    ([, entry]) => isRecord(entry) && names.every((name) => typeof entry[name] === 'string'),
  );
  return valid ? new Map(entries as [string, object][]) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
