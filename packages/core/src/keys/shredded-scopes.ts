import { columnsOf, integrityError } from './columns.ts';
import type { ControlRow } from './key-store.ts';

/** Kinds of the tombstone of a scope: before and after the wraps under it are erased. */
export const SHREDDING = 'scope';
export const SHREDDED = 'scope-erased';

/** A tenant with everybody in it, one subject of a tenant, or a subject that is of no tenant. */
export interface ShreddedScope {
  readonly tenant?: string;
  readonly subject?: string;
}

/** The tombstone of a scope. */
export interface ShredRecord {
  readonly row: ControlRow;
  readonly scope: ShreddedScope;
  /** Whether the wraps of its keys are erased as well. */
  readonly erased: boolean;
  /** Microseconds since 1970. */
  readonly createdAt: bigint;
}

/** All of a store, by {@link shredName}. */
export type ShreddedScopes = ReadonlyMap<string, ShredRecord>;

/** Text that is the same for equal scopes only. */
export function shredName({ tenant, subject }: ShreddedScope): string {
  return JSON.stringify([tenant ?? null, subject ?? null]);
}

/** Whether the data of a scope was shredded: by itself, or with its whole tenant. */
export function isShredded(shredded: ShreddedScopes, scope: ShreddedScope): boolean {
  // asked for every key of every call, and most stores have shredded nothing
  if (shredded.size === 0) return false;
  const { tenant, subject } = scope;
  if (tenant !== undefined && shredded.has(shredName({ tenant }))) return true;
  return subject !== undefined && shredded.has(shredName(scope));
}

/** What a tombstone keeps to be finished by whoever comes later. */
export function writeShreddedScope({ tenant, subject }: ShreddedScope): string {
  return JSON.stringify({ tenant, subject });
}

function readScope(text: string): ShreddedScope {
  let scope: ShreddedScope | undefined;
  try {
    scope = JSON.parse(text) as ShreddedScope;
  } catch {
    // reported below, without what a parser quotes
  }
  if (scope?.tenant === undefined && scope?.subject === undefined) {
    throw integrityError('A tombstone names no scope', 'tombstone', 'reason');
  }
  return scope;
}

/** @throws `ERR_STORE_INTEGRITY` */
export function readShreddedScopes(tombstones: readonly ControlRow[]): ShreddedScopes {
  const records = new Map<string, ShredRecord>();
  for (const row of tombstones) {
    const columns = columnsOf(row);
    const kind = columns.text('kind');
    if (kind !== SHREDDING && kind !== SHREDDED) continue;
    const scope = readScope(columns.text('reason'));
    const createdAt = columns.timestamp('created_at');
    records.set(shredName(scope), { row, scope, erased: kind === SHREDDED, createdAt });
  }
  return records;
}
