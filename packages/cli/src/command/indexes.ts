import { FieldsealError, type Manifest, type ManifestIndex } from '@fieldseal/core';
import { buildIndex, rotateIndex } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { confirmByName } from '../prompt/confirm.ts';
import { type CommandContext, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { fieldOf } from './field-of.ts';
import { addJobCommand } from './job-command.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal index`: list, build, rotate and drop. */
export function addIndexes(program: Command, context: CommandContext): void {
  const index = program.command('index').description('what makes sealed fields searchable');

  const list = index.command('list').description('all indexes, and whether lookups answer by them');
  withExamples(list, 'index list', 'index list --json');
  list.action(() =>
    withKeyring(context, async ({ config, keyring, output }) => {
      const rows = indexesOf(config.manifest).map(({ field, index: { id, name, kind, part } }) => ({
        field,
        index: name,
        id,
        kind: part ?? kind,
        state: keyring.indexStateOf(id) ?? null,
      }));
      output.rows(['field', 'index', 'id', 'kind', 'state'], rows);
    }),
  );

  addJobCommand(index, context, {
    name: 'build',
    description: 'make the tokens of an index that a field was given later',
    examples: ['index build Customer.aadhaar', 'index build Customer.aadhaar --load 0.3'],
    run: buildIndex,
    next: () => 'Lookups answer by the index, in other processes within 10 s.',
  });

  addJobCommand(index, context, {
    name: 'rotate',
    description: 'give all rows of a field tokens under the next generation of its index key',
    takesHear: true,
    examples: ['index rotate Customer.aadhaar', 'index rotate Customer.aadhaar --hear 920'],
    run: rotateIndex,
    next: () => 'No row has a token of the generation before.',
  });

  const drop = index
    .command('drop')
    .description('answer no lookup by an index any more, before its annotation is removed')
    .argument('<field>', 'Model.field')
    .argument('<index>', 'name of the token column in the application');
  withExamples(dangerous(drop), 'index drop Customer.aadhaar aadhaarToken');
  drop.action((field: string, name: string, { yes }: YesFlag) =>
    withKeyring(context, async ({ config, keyring, output }) => {
      const { id } = indexOf(config.manifest, field, name);
      const what = `No lookup of ${field} answers by ${name} any more`;
      if (!(await confirmByName(context, { what, name, yes }))) return;
      await keyring.setIndexState(id, 'building');
      output.result({ field, index: name, id }, `${name}: dropped.`);
    }),
  );
}

function indexesOf({ models }: Manifest) {
  const tables = models.filter(({ view }) => view !== true);
  return tables.flatMap((model) =>
    model.fields.flatMap((field) =>
      field.indexes.map((index) => ({ field: `${model.name}.${field.name}`, index })),
    ),
  );
}

/** @throws `ERR_FIELD_UNKNOWN` */
function indexOf(manifest: Manifest, name: string, index: string): ManifestIndex {
  const { field } = fieldOf(manifest, name);
  const found = field.indexes.find((each) => each.name === index);
  if (found !== undefined) return found;
  const message = `${name} has no index ${index}`;
  throw new FieldsealError('ERR_FIELD_UNKNOWN', message, { field: name, index });
}
