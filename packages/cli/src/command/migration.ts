import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type MigrationStep, migrationFiles, planMigration } from '@fieldseal/jobs';
import { type Command, Option } from 'commander';
import { type CommandContext, codecOptions, type Opened, withKeyring } from './context.ts';
import { withExamples } from './with-examples.ts';

interface MigrationFlags {
  readonly step: MigrationStep;
  readonly for: 'prisma' | 'typeorm';
  readonly out?: string;
  readonly dataKeyIndex?: boolean;
}

/** `fieldseal migration` writes the migrations of a field, for the table as it is now. */
export function addMigration(program: Command, context: CommandContext): void {
  const migration = program
    .command('migration')
    .description('write the migrations that a field needs on its way into cells')
    .argument('<field>', 'Model.field')
    .addOption(
      new Option('--step <step>', 'expand: columns and indexes; contract: remove plaintext')
        .choices(['expand', 'contract'])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--for <orm>', 'whose migrations')
        .choices(['prisma', 'typeorm'])
        .makeOptionMandatory(),
    )
    .option('--data-key-index', 'with expand: an index by data key, to find the cells of one')
    .option('--out <folder>', 'folder of migrations, instead of standard output');
  withExamples(
    migration,
    'migration Customer.aadhaar --step expand --for prisma --out prisma/migrations',
    'migration Customer.aadhaar --step contract --for typeorm > contract.ts',
  );
  migration.action((field: string, flags: MigrationFlags) =>
    withKeyring(context, (opened) => writeMigration(opened, field, flags)),
  );
}

async function writeMigration(
  opened: Opened,
  field: string,
  { step, out, for: orm, dataKeyIndex = false }: MigrationFlags,
): Promise<void> {
  const { output } = opened;
  const parts = await planMigration({ ...codecOptions(opened), field, step, dataKeyIndex });
  const files = migrationFiles(parts, { for: orm, now: new Date() });
  if (files.length === 0) output.line(`${field}: the table has all of it already.`);
  for (const { path, text } of files) {
    if (out === undefined) {
      output.result({ path, text }, text);
      continue;
    }
    const target = join(out, path);
    mkdirSync(dirname(target), { recursive: true });
    // never over a file that is there
    writeFileSync(target, text, { flag: 'wx' });
    output.result({ path: target, text }, `wrote ${target}`);
  }
}
