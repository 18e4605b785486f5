import type { FieldCipher } from '../cell/field-cipher.ts';
import type { IndexTokens } from '../index/index-tokens.ts';
import type { KeyLease, Scope } from '../keyring/key-door.ts';
import type { CompiledField } from './compile-model.ts';
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
}

/** Rows of one scope follow each other, so cipher and token keys are looked up when it changes. */
export function createFieldSealer(compiled: CompiledField, lease: KeyLease): FieldSealer {
  const { name, isText, alias, suite, spec, indexes } = compiled;
  const makers = indexes.map((tokens) => [tokens, createTokenMaker(lease, alias, tokens)] as const);
  let current: Scope | undefined;
  let cipher: FieldCipher | undefined;

  function cipherFor(scope: Scope): FieldCipher {
    if (cipher !== undefined && current !== undefined && isSameScope(current, scope)) return cipher;
    current = scope;
    cipher = lease.sealing(alias, scope).cipher(spec, suite);
    return cipher;
  }

  /** The value is replaced last: where something throws, nothing of the row has changed. */
  function put(target: Record<string, unknown>, scope: Scope, stored: unknown): void {
    const value = target[name];
    for (const [tokens, maker] of makers) setToken(target, tokens, maker, value, scope);
    target[name] = stored;
  }

  return {
    seal(target, row, scope) {
      const value = target[name];
      const sealing = cipherFor(scope);
      put(target, scope, isText ? sealing.sealText(value, row) : sealing.sealBytes(value, row));
    },
    keepPlain(target, scope) {
      put(target, scope, writePlaintext(compiled, target[name]));
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
  target[tokens.index.name] = maker.token(tokens.messageOf(value), scope.tenant);
}
