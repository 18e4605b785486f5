import { createFieldCodec, FieldsealError, parsePlainText, plainTextOf } from '@fieldseal/core';
import { type Command, InvalidArgumentError } from 'commander';
import { type CommandContext, codecOptions, type Opened, withKeyring } from './context.ts';
import { fieldOf } from './field-of.ts';

interface Place {
  readonly row: Readonly<Record<string, string>>;
  readonly tenant?: string;
  readonly subject?: string;
}

/** `fieldseal seal` and `fieldseal open`: one value, through standard input and output. */
export function addOneValue(program: Command, context: CommandContext): void {
  for (const [name, description, run] of [
    ['seal', 'seal one value, read from standard input', seal],
    ['open', 'open one cell, read from standard input', open],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument('<field>', 'Model.field')
      .option('--row <column=value>', 'primary key, once for each column', keyPart, {})
      .option('--tenant <tenant>', 'whose the row is')
      .option('--subject <subject>', 'whom the row is about')
      .action((field: string, place: Place) =>
        withKeyring(context, async (opened) => {
          const text = await readAll(context.streams.input);
          await run(opened, field, place, text);
        }),
      );
  }
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

function keyPart(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('must be column=value, such as id=42');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Without the line end that a shell adds. */
async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of input) parts.push(Buffer.from(part));
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
