import type { AuditPage, AuditRow, CheckpointRow, KeyStore } from '../keys/key-store.ts';
import { MANAGEMENT } from './audit-chain.ts';
import { auditLine } from './audit-line.ts';
import type { Rows } from './verify-chain.ts';

/** Where {@link verifyAudit} reads. */
export interface AuditSource {
  /** Names of all chains, in any order. */
  chains(): Rows<string>;
  /** Entries of a chain by their numbers. */
  entries(chain: string): Rows<AuditRow>;
  /** Checkpoints of a chain by their numbers. */
  checkpoints(chain: string): Rows<CheckpointRow>;
  /** Epoch of the store, where there is one. */
  epoch?(): Promise<bigint | null>;
}

const PAGE = 500;

async function* pages<Row extends AuditRow | CheckpointRow>(
  chain: string,
  read: (page: AuditPage) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let after = 0n;
  for (;;) {
    const rows = await read({ chain, after, limit: PAGE });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.columns.sequence as bigint;
  }
}

async function* chainsOf(store: KeyStore): AsyncGenerator<string> {
  let after = '';
  for (;;) {
    const heads = await store.readAuditHeads({ after, limit: PAGE });
    for (const { columns } of heads) yield columns.chain as string;
    const last = heads.at(-1);
    if (last === undefined) return;
    after = last.columns.chain as string;
  }
}

/**
 * The trail as it stands in a key store, page by page.
 *
 * @example
 * ```ts
 * import { auditSource, createMemoryStore, verifyAudit } from '@fieldseal/core';
 *
 * const source = auditSource(createMemoryStore());
 * const report = await verifyAudit({ source, signers: [], environment: 'test' });
 * console.log(report.truncation); // cannot-be-excluded
 * ```
 */
export function auditSource(store: KeyStore): AuditSource {
  return {
    chains: () => chainsOf(store),
    entries: (chain) => pages(chain, (page) => store.readAudit(page)),
    checkpoints: (chain) => pages(chain, (page) => store.readCheckpoints(page)),
    epoch: () => store.readEpoch(),
  };
}

/**
 * The whole trail as lines of JSON, to be taken away: the management chain first, each chain by its
 * numbers, its checkpoints behind it.
 */
export async function* exportAudit(source: AuditSource): AsyncGenerator<string> {
  const names: string[] = [MANAGEMENT];
  for await (const name of source.chains()) if (name !== MANAGEMENT) names.push(name);
  for (const name of names) {
    for await (const row of source.entries(name)) yield auditLine(row);
    for await (const row of source.checkpoints(name)) yield auditLine(row);
  }
}
