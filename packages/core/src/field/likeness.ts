import { defaultEngine, defaultRandom } from '#engine';
import { concatBytes } from '../bytes/concat.ts';
import { encodeContext } from '../bytes/context.ts';
import { latin1 } from '../bytes/latin1.ts';
import type { IndexTokens } from '../index/index-tokens.ts';

/**
 * Names a value of a field: two values have one name exactly when an index would give them one token.
 * @param tenant - Of the row; has no effect on an index whose tokens are global.
 */
export type Likeness = (value: unknown, tenant?: string) => string;

const BYTES = 16;

/** Under a random key that nobody else has and nothing keeps, so no name says anything of its value. */
export function createLikeness(tokens: IndexTokens): Likeness {
  const key = new Uint8Array(32);
  defaultRandom().fill(key);
  const mac = defaultEngine().mac(key);
  key.fill(0);
  const out = new Uint8Array(32);

  return (value, tenant) => {
    const of = encodeContext({ tenant: tokens.perTenant ? tenant : undefined });
    mac.mac(concatBytes(of, tokens.messageOf(value)), out);
    return latin1(out.subarray(0, BYTES));
  };
}
