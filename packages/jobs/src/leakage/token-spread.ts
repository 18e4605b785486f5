/**
 * What counting tokens tells about the values behind them.
 *
 * - `empty`: there are none.
 * - `unique`: no row has the token of another.
 * - `low`: some rows are alike, and no token stands out.
 * - `guessable`: half of the rows have the token of another, or a token stands out: whoever knows how
 *   frequent values are knows which one it is.
 */
export type LeakageVerdict = 'empty' | 'unique' | 'low' | 'guessable';

/** How the tokens of one index are spread. */
export interface TokenSpread {
  /** Rows that have a token, or would have one. */
  readonly rows: number;
  /** Different tokens. */
  readonly tokens: number;
  /** Rows of the most frequent token. */
  readonly commonest: number;
  /** Its share of the rows of its tenant, 0 to 1; of all rows where tokens are global. */
  readonly commonestShare: number;
  /** Rows whose token another row has. */
  readonly shared: number;
  /** Rows of tokens that stand out: ten rows or more, and a hundredth of the rows of their tenant. */
  readonly frequent: number;
  /**
   * Bits that are not known of a row's value to whoever knows how frequent each value is in its tenant,
   * and sees no token: Shannon's entropy of these rows. A token gives them away.
   */
  readonly entropyBits: number;
  readonly verdict: LeakageVerdict;
}

/** Tokens that are alike in all that matters here. */
export interface TokenGroup {
  /** Rows of each. */
  readonly rows: number;
  /** Rows of its tenant, or all of them. */
  readonly of: number;
  /** How many such tokens there are. */
  readonly tokens: number;
}

const STANDS_OUT_ROWS = 10;
const STANDS_OUT_SHARE = 0.01;

/** Adds up how tokens are spread. */
export function spreadOf(groups: Iterable<TokenGroup>): TokenSpread {
  let rows = 0;
  let tokens = 0;
  let shared = 0;
  let frequent = 0;
  let bits = 0;
  let commonest = 0;
  let commonestShare = 0;
  for (const group of groups) {
    const all = group.rows * group.tokens;
    const share = group.rows / group.of;
    rows += all;
    tokens += group.tokens;
    bits -= all * Math.log2(share);
    if (group.rows > 1) shared += all;
    if (group.rows >= STANDS_OUT_ROWS && share >= STANDS_OUT_SHARE) frequent += all;
    if (group.rows > commonest) [commonest, commonestShare] = [group.rows, share];
    else if (group.rows === commonest) commonestShare = Math.max(commonestShare, share);
  }
  const entropyBits = rows === 0 ? 0 : bits / rows;
  const counted = { rows, tokens, commonest, commonestShare, shared, frequent, entropyBits };
  return { ...counted, verdict: verdictOf(counted) };
}

function verdictOf({ rows, shared, frequent }: Omit<TokenSpread, 'verdict'>): LeakageVerdict {
  if (rows === 0) return 'empty';
  if (shared === 0) return 'unique';
  return frequent > 0 || 2 * shared >= rows ? 'guessable' : 'low';
}
