import type { FieldCipher } from '../cell/field-cipher.ts';
import type { IndexTokens } from '../index/index-tokens.ts';
import type { KeyLease, Scope } from '../keyring/key-door.ts';
import type { CompiledField } from './compile-model.ts';
import type { IndexGenerations } from './index-generations.ts';
import { isSameScope } from './key-needs.ts';
import { writePlaintext } from './plain-values.ts';
import { createTokenMaker, type TokenMaker } from './token-maker.ts';

/** Seals the values of one field during one lease. */
export interface FieldSealer {
  /** Replaces the value in `target` by its cell and sets the tokens beside it. */
  seal(target: Record<string, unknown>, row: Uint8Array | undefined, scope: Scope): void;
  /** The same in a phase in which plaintext is written. */
  keepPlain(target: Record<string, unknown>, scope: Scope): void;
}

/** `null` in the database is `null` in every token column. */
export function clearField(compiled: CompiledField, target: Record<string, unknown>): void {
  target[compiled.name] = null;
  for (const { index } of compiled.indexes) target[index.name] = null;
  const { from } = compiled.field;
  if (from !== undefined) target[from.name] = null;
}

/** What goes into the field's own column, and into its old one where it has one. */
interface Stored {
  readonly cell: unknown;
  readonly plaintext: string | null;
}

/** Rows of one scope follow each other, so cipher and token keys are looked up when it changes. */
export function createFieldSealer(
  compiled: CompiledField,
  lease: KeyLease,
  generationsOf: IndexGenerations,
): FieldSealer {
  const { name, isText, alias, suite, spec, indexes } = compiled;
  const { from } = compiled.field;
  const makers = indexes.map((tokens) => {
    const generations = generationsOf(tokens.index.id);
    return [tokens, createTokenMaker({ lease, alias, tokens, generations })] as const;
  });
  let current: Scope | undefined;
  let cipher: FieldCipher | undefined;

  function cipherFor(scope: Scope): FieldCipher {
    if (cipher !== undefined && current !== undefined && isSameScope(current, scope)) return cipher;
    current = scope;
    cipher = lease.sealing(alias, scope).cipher(spec, suite);
    return cipher;
  }

  /** The value is replaced last: where something throws, nothing of the row has changed. */
  function put(target: Record<string, unknown>, scope: Scope, stored: Stored): void {
    const value = target[name];
    for (const [tokens, maker] of makers) setToken(target, tokens, maker, value, scope);
    target[name] = stored.cell;
    // a value is in one place: what is written to one column clears the other
    if (from !== undefined) target[from.name] = stored.plaintext;
  }

  return {
    seal(target, row, scope) {
      const value = target[name];
      const sealing = cipherFor(scope);
      const cell = isText ? sealing.sealText(value, row) : sealing.sealBytes(value, row);
      put(target, scope, { cell, plaintext: null });
    },
    keepPlain(target, scope) {
      const text = writePlaintext(compiled, target[name]);
      put(target, scope, { cell: from === undefined ? text : null, plaintext: text });
    },
  };
}

function setToken(
  target: Record<string, unknown>,
  tokens: IndexTokens,
  maker: TokenMaker,
  value: unknown,
  scope: Scope,
): void {
  target[tokens.index.name] = maker.written(tokens.messageOf(value), scope.tenant);
}
