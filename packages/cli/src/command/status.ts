import { fieldStatus, listJobs } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { type CommandContext, codecOptions, withKeyring } from './context.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal status` counts what stands in the columns. */
export function addStatus(program: Command, context: CommandContext): void {
  const status = program
    .command('status')
    .description('phases of all fields, and what stands in their columns');
  withExamples(status, 'status', 'status --json');
  status.action(() =>
    withKeyring(context, async (opened) => {
      const fields = await fieldStatus(codecOptions(opened));
      const columns = ['field', 'phase', 'cells', 'plaintext', 'nulls', 'untokened'];
      opened.output.rows(
        columns,
        fields.map((field) => ({ ...field })),
      );
      const due = opened.keyring.listSlots().filter(({ isTestDue }) => isTestDue);
      for (const { id, kind, testedAt } of due)
        opened.output.line(
          `slot ${id}: ${kind}, opened last on ${testedAt.toISOString().slice(0, 10)}: fieldseal slots test`,
        );
      const jobs = await listJobs(opened.config.database);
      const unfinished = jobs.filter(({ state }) => state === 'running' || state === 'paused');
      for (const { id, kind, field, state, step } of unfinished)
        opened.output.line(`job ${id}: ${kind} ${field}, ${state} at ${step}`);
    }),
  );
}
