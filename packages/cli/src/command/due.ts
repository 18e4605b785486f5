import type { Command } from 'commander';
import { type CommandContext, withKeyring } from './context.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal due`, for cron. */
export function addDue(program: Command, context: CommandContext): void {
  const due = program
    .command('due')
    .description('do what is due: rotate keys, end keys and material that had their time');
  withExamples(due, 'due --json');
  due.action(() =>
    withKeyring(context, async ({ keyring, output }) => {
      output.properties(await keyring.runDue());
    }),
  );
}
