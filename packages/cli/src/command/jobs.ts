import { controlJob, listJobs } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { type CommandContext, outputOf } from './context.ts';

const CHANGES = ['pause', 'resume', 'cancel'] as const;

/** `fieldseal jobs`, `jobs pause`, `jobs resume` and `jobs cancel`. */
export function addJobs(program: Command, context: CommandContext): void {
  const jobs = program
    .command('jobs')
    .description('jobs of this database, newest first')
    .action(async () => {
      const { database } = await loadConfig(context.options().config);
      const columns = ['id', 'kind', 'field', 'state', 'step', 'read', 'written', 'problems'];
      const found = await listJobs(database);
      outputOf(context).rows(
        columns,
        found.map((job) => ({ ...job })),
      );
    });
  for (const change of CHANGES) {
    jobs
      .command(change)
      .description(`${change} a job, wherever it runs`)
      .argument('<id>', 'uuid of the job')
      .action(async (id: string) => {
        const { database } = await loadConfig(context.options().config);
        await controlJob(database, id, change);
        outputOf(context).result({ id, change }, `${change}: ${id}`);
      });
  }
}
