import { once } from 'node:events';
import { auditSource, exportAudit } from '@fieldseal/core';
import type { Command } from 'commander';
import { writeNewFile } from '../../output/write-new-file.ts';
import { type CommandContext, outputOf } from '../context.ts';
import { withExamples } from '../with-examples.ts';
import { withStore } from './with-store.ts';

/** `fieldseal audit export`, which needs no root. */
export function addAuditExport(audit: Command, context: CommandContext): void {
  const command = audit
    .command('export')
    .description('the whole trail as lines of JSON, to be taken away')
    .option('--out <file>', 'instead of standard output; never over a file that is there');
  withExamples(command, 'audit export --out audit.jsonl', 'audit export | gzip > audit.jsonl.gz');
  command.action(({ out }: { readonly out?: string }) =>
    withStore(context, async ({ store }) => {
      const lines = withLineEnds(exportAudit(auditSource(store)));
      if (out !== undefined) {
        await writeNewFile(out, lines);
        outputOf(context).result({ file: out }, `wrote ${out}`);
        return;
      }
      const target = context.streams.out;
      // a reader that is slower than the database sets the pace
      for await (const line of lines) if (!target.write(line)) await once(target, 'drain');
    }),
  );
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
