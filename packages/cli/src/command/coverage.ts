import { type CoverageReport, coverage, signCoverage } from '@fieldseal/jobs';
import type { Command } from 'commander';
import type { Output } from '../output/output.ts';
import { type CommandContext, withKeyring } from './context.ts';
import { forgotten } from './show-problems.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal coverage` counts which cells are under which key. */
export function addCoverage(program: Command, context: CommandContext): void {
  const counting = program
    .command('coverage')
    .description('which cells are under which key; with --json signed, as evidence')
    .option('--sample', 'look at a part of large tables, and give bounds');
  withExamples(counting, 'coverage', 'coverage --sample', 'coverage --json > evidence.json');
  counting.action((flags: { readonly sample?: boolean }) =>
    withKeyring(context, async ({ config, keyring, output }) => {
      const { database, manifest } = config;
      const sample = flags.sample === true;
      const report = await coverage({ database, keyring, manifest, sample });
      if (output.isJson) output.result({ ...(await signCoverage(keyring, report)) }, '');
      else show(output, report);
    }),
  );
}

function show(output: Output, { fields, versions, notSeen }: CoverageReport): void {
  output.rows(
    ['field', 'counted', 'cells', 'unknown', 'malformed', 'plaintext', 'nulls'],
    fields.map((field) => ({ ...field, counted: field.method.kind })),
  );
  output.rows(
    ['keyId', 'keyVersion', 'dataKeys', 'cells', 'margin'],
    versions.map((version) => ({ ...version })),
  );
  const unknown = fields.flatMap(({ forgottenIndexes }) => forgottenIndexes);
  if (unknown.length > 0) output.line(forgotten(unknown));
  output.line(`Not seen: ${notSeen.join(', ')}.`);
}
