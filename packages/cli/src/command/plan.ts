import { type IndexLeakage, measureIndexes } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { EXIT } from '../output/exit-code.ts';
import { createProgress } from '../output/progress.ts';
import { share } from './arguments.ts';
import { type CommandContext, codecOptions, withKeyring } from './context.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal plan` says what indexes tell a reader of the database, before and after they are built. */
export function addPlan(program: Command, context: CommandContext): void {
  const plan = program
    .command('plan')
    .description('what each index tells a reader of the database, counted on the table as it is')
    .argument('[field]', 'Model.field; all fields when absent')
    .option('--load <share>', 'share of the time in which values are read, such as 0.5', share);
  withExamples(plan, 'plan', 'plan Customer.aadhaar', 'plan --json');
  plan.action((field: string | undefined, { load }: { readonly load?: number }) =>
    withKeyring(context, async (opened) => {
      const view = createProgress(context.streams.err);
      const measured = await measureIndexes({
        ...codecOptions(opened),
        ...(field === undefined ? {} : { field }),
        ...(load === undefined ? {} : { load }),
        signal: context.signal,
        onProgress: (progress) => view.update(progress),
      }).finally(() => view.end());
      const { output } = opened;
      const columns = ['field', 'index', 'kind', 'counted', 'rows', 'tokens', 'commonest'];
      output.rows(
        [...columns, 'shared', 'entropy', 'verdict'],
        output.isJson ? measured : measured.map(rowOf),
      );
      if (measured.some(isNotAccepted)) context.exit(EXIT.found);
    }),
  );
}

/** Whoever wrote a reason knows; nobody else may have thought of it. */
function isNotAccepted({ verdict, accepted }: IndexLeakage): boolean {
  return verdict === 'guessable' && accepted === null;
}

function rowOf(index: IndexLeakage): object {
  const { rows, shared, commonest, commonestShare, entropyBits, unreadable } = index;
  return {
    ...index,
    rows: unreadable === 0 ? rows : `${rows} (${unreadable} unreadable)`,
    commonest: `${commonest} (${percent(commonestShare)})`,
    shared: `${shared} (${percent(rows === 0 ? 0 : shared / rows)})`,
    entropy: `${entropyBits.toFixed(1)} bits`,
  };
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}
