import type { TokenGroup } from './token-spread.ts';

/** Counts names by tenant. */
export interface Tally {
  add(name: string, tenant: string | undefined): void;
  /** Rows that cannot be counted. */
  pass(rows: number): void;
  unreadable(): number;
  groups(): readonly TokenGroup[];
}

export function createTally(): Tally {
  const tenants = new Map<string | undefined, Map<string, number>>();
  let passed = 0;

  return {
    add(name, tenant) {
      let counts = tenants.get(tenant);
      if (counts === undefined) {
        counts = new Map();
        tenants.set(tenant, counts);
      }
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    pass(rows) {
      passed += rows;
    },
    unreadable: () => passed,
    groups: () => [...tenants.values()].flatMap((counts) => groupsOf([...counts.values()])),
  };
}

/** Tokens of one tenant, those with the same number of rows together. */
function groupsOf(counts: readonly number[]): readonly TokenGroup[] {
  const of = counts.reduce((sum, rows) => sum + rows, 0);
  const tokens = new Map<number, number>();
  for (const rows of counts) tokens.set(rows, (tokens.get(rows) ?? 0) + 1);
  return [...tokens].map(([rows, n]) => ({ rows, of, tokens: n }));
}
