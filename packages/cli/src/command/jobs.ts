import { FieldsealError } from '@fieldseal/core';
import { controlJob, listJobs, workOnJobs } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { type CommandContext, codecOptions, outputOf, withKeyring } from './context.ts';
import { withExamples } from './with-examples.ts';

const CHANGES = ['pause', 'resume', 'cancel'] as const;

/** `fieldseal jobs`: list, show, work, pause, resume and cancel. */
export function addJobs(program: Command, context: CommandContext): void {
  const jobs = program.command('jobs').description('jobs of this database');

  const list = jobs.command('list', { isDefault: true }).description('newest first');
  withExamples(list, 'jobs list', 'jobs list --json');
  list.action(async () => {
    const { database } = await loadConfig(context.options().config);
    const columns = [
      'id',
      'kind',
      'field',
      'state',
      'step',
      'read',
      'written',
      'problems',
      'errorCode',
    ];
    outputOf(context).rows(columns, await listJobs(database));
  });

  const show = jobs
    .command('show')
    .description('one job: how far it is, and how it ended')
    .argument('<id>', 'uuid of the job');
  withExamples(show, 'jobs show 0198c5a0-1111-7000-8000-000000000001');
  show.action(async (id: string) => {
    const { database } = await loadConfig(context.options().config);
    const found = (await listJobs(database)).find((job) => job.id === id);
    if (found === undefined) {
      throw new FieldsealError('ERR_JOB_UNKNOWN', 'There is no such job among the newest 1,000');
    }
    outputOf(context).properties(found);
  });

  const work = jobs
    .command('work')
    .description('work on jobs that were started with --workers, until it is stopped')
    .option(
      '--skip-trigger <names...>',
      'triggers that are not to fire, as the job was started with',
    );
  withExamples(work, 'jobs work', 'jobs work --skip-trigger customer_updated_at');
  work.action(({ skipTrigger }: { readonly skipTrigger?: readonly string[] }) =>
    withKeyring(context, (opened) =>
      workOnJobs({
        ...codecOptions(opened),
        ...(skipTrigger === undefined ? {} : { skipTriggers: skipTrigger }),
        signal: context.signal,
      }),
    ),
  );

  for (const change of CHANGES) {
    const command = jobs
      .command(change)
      .description(`${change} a job, wherever it runs`)
      .argument('<id>', 'uuid of the job');
    withExamples(command, `jobs ${change} 0198c5a0-1111-7000-8000-000000000001`);
    command.action(async (id: string) => {
      const { database } = await loadConfig(context.options().config);
      await controlJob(database, id, change);
      outputOf(context).result({ id, change }, `${change}: ${id}`);
    });
  }
}
