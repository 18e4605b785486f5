import { setTimeout as wait } from 'node:timers/promises';
import { type AuditRow, auditLine, auditSource, type KeyStore } from '@fieldseal/core';
import type { Command } from 'commander';
import { printable } from '../../output/printable.ts';
import { wholeNumber } from '../arguments.ts';
import { type CommandContext, outputOf } from '../context.ts';
import { withExamples } from '../with-examples.ts';
import { withStore } from './with-store.ts';

interface TailFlags {
  readonly chain: string;
  readonly lines: number;
  readonly follow?: boolean;
}

const PAGE = 500;
const POLL_MS = 1000;

/** `fieldseal audit tail` and `audit chains`; neither needs a root. */
export function addAuditTail(audit: Command, context: CommandContext): void {
  const tail = audit
    .command('tail')
    .description('the newest entries of one chain, oldest first')
    .option('--chain <name>', 'of a process, as audit chains lists them', 'management')
    .option('--lines <number>', 'how many', wholeNumber, 20)
    .option('--follow', 'go on with what comes, until Ctrl-C');
  withExamples(tail, 'audit tail', 'audit tail --lines 100 --json', 'audit tail --follow');
  tail.action((flags: TailFlags) =>
    withStore(context, ({ store }) => followChain(context, store, flags)),
  );

  const chains = audit.command('chains').description('names of all chains');
  withExamples(chains, 'audit chains');
  chains.action(() =>
    withStore(context, async ({ store }) => {
      const names: { readonly chain: string }[] = [];
      for await (const chain of auditSource(store).chains()) names.push({ chain });
      outputOf(context).rows(['chain'], names);
    }),
  );
}

async function followChain(
  context: CommandContext,
  store: KeyStore,
  { chain, lines, follow }: TailFlags,
): Promise<void> {
  const { signal, streams } = context;
  const isJson = outputOf(context).isJson;
  const head = await store.readAuditHead(chain);
  const last = (head?.columns.sequence as bigint | undefined) ?? 0n;
  let after = last > BigInt(lines) ? last - BigInt(lines) : 0n;
  while (!signal.aborted) {
    const rows = await store.readAudit({ chain, after, limit: PAGE });
    for (const row of rows) {
      after = row.columns.sequence as bigint;
      streams.out.write(`${isJson ? auditLine(row) : printable(textOf(row))}\n`);
    }
    if (rows.length > 0) continue;
    if (follow !== true) return;
    await wait(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** One line for people: when, who, what, with which key, and how it ended. */
function textOf({ columns }: AuditRow): string {
  const { occurred_at, principal, action, key_id, outcome, operations, details } = columns;
  const at = new Date(Number((occurred_at as bigint) / 1000n)).toISOString();
  const times = operations === 1n ? undefined : `${operations} times`;
  const parts = [at, principal, action, key_id, outcome, times, details];
  return parts.filter((part) => part !== null && part !== undefined).join('  ');
}
