import { concatBytes } from '../bytes/concat.ts';
import type { IndexTokens } from '../index/index-tokens.ts';
import type { KeyLease } from '../keyring/key-door.ts';

/** Makes the tokens of one index during one lease. */
export interface TokenMaker {
  /**
   * What is written for a value: its token. While the index rotates the token of the older generation
   * and behind it that of the newer one, of which the trigger of the rotation keeps one.
   * @param tenant - Of the row or the lookup; has no effect on an index whose tokens are global.
   * @returns bytes of their own array.
   */
  written(message: Uint8Array, tenant: string | undefined): Uint8Array;
  /** The tokens that a row with the value may have, that of the older generation first. */
  possible(message: Uint8Array, tenant: string | undefined): readonly Uint8Array[];
}

type Mac = (message: Uint8Array) => Uint8Array;

/** @param generations - Of the index key, the older one first; leased for all tenants that are asked for. */
export function createTokenMaker(options: {
  readonly lease: KeyLease;
  readonly alias: string;
  readonly tokens: IndexTokens;
  readonly generations: readonly number[];
}): TokenMaker {
  const { lease, alias, generations } = options;
  const { index, perTenant, params, bytes } = options.tokens;
  let current: string | undefined;
  let macs: readonly Mac[] | undefined;

  function macsFor(tenant: string | undefined): readonly Mac[] {
    if (macs !== undefined && tenant === current) return macs;
    current = tenant;
    const spec = {
      indexId: index.id,
      kind: index.kind,
      normalizer: index.normalizer,
      params,
      ...(tenant === undefined ? {} : { tenant }),
    };
    macs = generations.map((each) => lease.index(alias, tenant, each).tokenMac(spec));
    return macs;
  }

  const possible: TokenMaker['possible'] = (message, tenant) =>
    macsFor(perTenant ? tenant : undefined).map(
      // a copy: the answer of the MAC is written over by its next call
      (mac) => new Uint8Array(mac(message).subarray(0, bytes)),
    );

  return {
    possible,
    written(message, tenant) {
      const made = possible(message, tenant);
      return made.length === 1 ? (made[0] as Uint8Array) : concatBytes(...made);
    },
  };
}
