import type { IndexTokens } from '../index/index-tokens.ts';
import type { KeyLease } from '../keyring/key-door.ts';

/** Makes the tokens of one index during one lease. */
export interface TokenMaker {
  /**
   * @param tenant - Of the row or the lookup; has no effect on an index whose tokens are global.
   * @returns a token of its own array.
   */
  token(message: Uint8Array, tenant: string | undefined): Uint8Array;
}

type Mac = (message: Uint8Array) => Uint8Array;

export function createTokenMaker(lease: KeyLease, alias: string, tokens: IndexTokens): TokenMaker {
  const { index, perTenant, params, bytes } = tokens;
  let current: string | undefined;
  let mac: Mac | undefined;

  function macFor(tenant: string | undefined): Mac {
    if (mac !== undefined && tenant === current) return mac;
    current = tenant;
    mac = lease.index(alias, tenant).tokenMac({
      indexId: index.id,
      kind: index.kind,
      normalizer: index.normalizer,
      params,
      ...(tenant === undefined ? {} : { tenant }),
    });
    return mac;
  }

  return {
    // a copy: the answer of the MAC is written over by its next call
    token: (message, tenant) =>
      new Uint8Array(macFor(perTenant ? tenant : undefined)(message).subarray(0, bytes)),
  };
}
