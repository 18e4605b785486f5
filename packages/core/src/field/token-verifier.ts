import { equalBytes } from '../bytes/equal.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { IndexTokens } from '../index/index-tokens.ts';
import type { KeyLease, Scope } from '../keyring/key-door.ts';
import type { CompiledField } from './compile-model.ts';
import { expectedScope } from './expected-scope.ts';
import type { IndexGenerations } from './index-generations.ts';
import { createTokenMaker, type TokenMaker } from './token-maker.ts';

type Row = Readonly<Record<string, unknown>>;

/** The tenant whose token key serves a row; `undefined` where tokens are global. */
export function tokenTenant(
  compiled: CompiledField,
  tokens: IndexTokens,
  row: Row,
  ambient: Scope,
): string | undefined {
  const { scope } = compiled.field;
  if (!tokens.perTenant || scope === undefined) return undefined;
  return expectedScope('tenant', row[scope], ambient);
}

/**
 * Compares tokens of rows with those of their opened values: somebody who can write the database
 * could move a token to another row, and the lookup would find that row.
 *
 * @returns a function of an opened row, and whether it held plaintext, that throws
 * `ERR_INDEX_MISMATCH`; `undefined` when there is nothing to verify.
 */
export function createTokenVerifier(options: {
  readonly compiled: CompiledField;
  readonly verified: readonly IndexTokens[];
  readonly lease: KeyLease;
  readonly ambient: Scope;
  readonly generations: IndexGenerations;
}): ((row: Row, wasPlaintext: boolean) => void) | undefined {
  const { compiled, verified, lease, ambient } = options;
  if (verified.length === 0) return undefined;
  const { alias } = compiled;
  const makers = verified.map((tokens) => {
    const generations = options.generations(tokens.index.id);
    return [tokens, createTokenMaker({ lease, alias, tokens, generations })] as const;
  });
  return (row, wasPlaintext) => {
    for (const [tokens, maker] of makers) {
      // nothing has written the row since its field has tokens
      if (wasPlaintext && row[tokens.index.name] === null) continue;
      if (isTokenOf(compiled, tokens, maker, row, ambient)) continue;
      const message = 'The token that found this row is not the token of its value';
      throw new FieldsealError('ERR_INDEX_MISMATCH', message, { index: tokens.index.name });
    }
  };
}

function isTokenOf(
  compiled: CompiledField,
  tokens: IndexTokens,
  maker: TokenMaker,
  row: Row,
  ambient: Scope,
): boolean {
  const value = row[compiled.name];
  const found = row[tokens.index.name];
  if (value === null) return found === null;
  if (!(found instanceof Uint8Array)) return false;
  const tenant = tokenTenant(compiled, tokens, row, ambient);
  const possible = maker.possible(tokens.messageOf(value), tenant);
  return possible.some((token) => equalBytes(found, token));
}
