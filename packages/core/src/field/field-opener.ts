import { ciphertextRejected } from '../errors/ciphertext-rejected.ts';
import type { KeyLease, Scope } from '../keyring/key-door.ts';
import { type CellSlot, resolveSlot } from './cell-slots.ts';
import type { CompiledField } from './compile-model.ts';
import { expectedScope } from './expected-scope.ts';

type Row = Readonly<Record<string, unknown>>;

/** Opens the cells of one field during one lease. */
export type FieldOpener = (row: Row, cell: unknown, slot: CellSlot) => unknown;

export interface FieldOpenerOptions {
  readonly compiled: CompiledField;
  readonly lease: KeyLease;
  readonly ambient: Scope;
  /** Row identity of the row that is being opened. */
  readonly identify: (row: Row) => Uint8Array;
}

/**
 * Runs once for each cell of a result set, so it makes no object, and decodes nothing that the
 * cell before it had as well.
 */
export function createFieldOpener(options: FieldOpenerOptions): FieldOpener {
  const { compiled, lease, ambient, identify } = options;
  const { isText, isBound } = compiled;
  const { scope, subject } = compiled.field;
  const isScoped = scope !== undefined || subject !== undefined;

  /** The data key's tenant and subject have to be the row's. */
  function checkScope(slot: CellSlot, row: Row): void {
    if (scope !== undefined) checkPart('tenant', row[scope], slot.tenant, ambient);
    if (subject !== undefined) checkPart('subject', row[subject], slot.subject, ambient);
  }

  return (row, cell, slot) => {
    if (slot.key === undefined) resolveSlot(slot, compiled, lease);
    if (isScoped) checkScope(slot, row);
    // after the scope: nothing is derived from a key that this row has no claim to
    slot.cipher ??= slot.key?.cipher(compiled.spec, slot.header.suite);
    if (slot.cipher === undefined) throw ciphertextRejected();
    const identity = isBound ? identify(row) : undefined;
    // the slot has checked which of the two the cell is
    return isText
      ? slot.cipher.openText(cell as string, identity)
      : slot.cipher.openBytes(cell as Uint8Array, identity);
  };
}

function checkPart(
  part: keyof Scope,
  named: unknown,
  ofKey: string | undefined,
  ambient: Scope,
): void {
  if (named === ofKey && named !== undefined && ambient[part] === undefined) return;
  if (expectedScope(part, named, ambient) !== ofKey) throw ciphertextRejected();
}
