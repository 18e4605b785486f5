import { createFieldCodec, FieldsealError, parsePlainText, plainTextOf } from '@fieldseal/core';
import type { Command } from 'commander';
import { confirm } from '../prompt/confirm.ts';
import { readHidden } from '../prompt/read-input.ts';
import { type Pairs, pair } from './arguments.ts';
import { type CommandContext, codecOptions, type Opened, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { fieldOf } from './field-of.ts';
import { withExamples } from './with-examples.ts';

interface Place {
  readonly row: Pairs;
  readonly tenant?: string;
  readonly subject?: string;
}

/** `fieldseal seal` and `fieldseal open`: one value, asked for or through standard input. */
export function addOneValue(program: Command, context: CommandContext): void {
  const sealing = valueCommand(program, 'seal', 'seal one value: asked for, or standard input');
  withExamples(sealing, 'seal Customer.aadhaar --row id=42 --tenant acme < value.txt');
  sealing.action((field: string, place: Place) =>
    withKeyring(context, async (opened) => {
      await seal(opened, field, place, await readHidden(context, `Value of ${field}:`));
    }),
  );

  const opening = valueCommand(program, 'open', 'show the value of one cell of standard input');
  withExamples(
    dangerous(opening),
    'open Customer.aadhaar --row id=42 --tenant acme',
    'open Customer.aadhaar --row id=42 --tenant acme --yes < cell.txt',
  );
  opening.action(async (field: string, place: Place & YesFlag) => {
    const what = `The value of ${field} is written to standard output`;
    if (!(await confirm(context, { what, yes: place.yes }))) return;
    await withKeyring(context, async (opened) => {
      await open(opened, field, place, await readHidden(context, `Cell of ${field}:`));
    });
  });
}

function valueCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<field>', 'Model.field')
    .option('--row <column=value>', 'primary key, once for each column', pair, {})
    .option('--tenant <tenant>', 'whose the row is')
    .option('--subject <subject>', 'whom the row is about');
}

async function seal(opened: Opened, name: string, place: Place, text: string): Promise<void> {
  const { model, field } = fieldOf(opened.config.manifest, name);
  const value = parsePlainText(field.type, text);
  if (value === undefined) {
    const message = `The input is no ${field.type} as text`;
    throw new FieldsealError('ERR_VALUE_TYPE', message, { field: name });
  }
  const { database: _, ...options } = codecOptions(opened);
  const codec = createFieldCodec({ ...options, ambientScope: () => scopeOf(place) });
  await codec.register();
  const target: Record<string, unknown> = { [field.name]: value };
  const call = codec.call('fieldseal seal');
  call.seal({ model: model.name, target, row: place.row, scope: scopeOf(place) });
  await call.run();
  const shown = Object.fromEntries(
    Object.entries(target).map(([key, each]) => [
      key,
      each instanceof Uint8Array ? hex(each) : each,
    ]),
  );
  const lines = Object.entries(shown).map(([key, each]) => `${key}: ${String(each)}`);
  opened.output.result(shown, lines.join('\n'));
}

async function open(opened: Opened, name: string, place: Place, text: string): Promise<void> {
  const { model, field } = fieldOf(opened.config.manifest, name);
  const { database: _, ...options } = codecOptions(opened);
  const codec = createFieldCodec({ ...options, ambientScope: () => ({}) });
  const cell = text.trim();
  const { scope, subject } = field;
  const row: Record<string, unknown> = {
    ...place.row,
    ...(scope === undefined ? {} : { [scope]: place.tenant }),
    ...(subject === undefined ? {} : { [subject]: place.subject }),
    [field.name]: field.storage === 'text' ? cell : bytesOf(cell),
  };
  await codec.open('fieldseal open', [{ model: model.name, rows: [row] }]);
  const value = plainTextOf(field.type, row[field.name]);
  opened.output.result({ [field.name]: value }, value);
}

function scopeOf({ tenant, subject }: Place) {
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(subject === undefined ? {} : { subject }),
  };
}

function hex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes).toString('hex')}`;
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/^\\x/, ''), 'hex'));
}
