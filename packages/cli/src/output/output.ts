import { FieldsealError } from '@fieldseal/core';
import Table from 'cli-table3';
import { jsonText } from './json-text.ts';
import { printable } from './printable.ts';

/** Where a command writes: for people, or with `--json` one object a line for machines. */
export interface Output {
  readonly isJson: boolean;
  /** A sentence for people; nothing for machines. */
  line(text: string): void;
  /** Rows for people as a table, for machines as one object a line. */
  rows(columns: readonly string[], rows: readonly object[]): void;
  /** The result: for machines the object, for people `text`. */
  result(value: object, text: string): void;
  /** One thing: for people a table of its members, for machines the object. */
  properties(value: object): void;
  error(error: unknown): void;
}

/** What an output is written to. */
export interface Streams {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export function createOutput(streams: Streams, isJson: boolean): Output {
  // a file or a pipe gets what there is, byte for byte
  const shown = streams.out.isTTY === true ? printable : (text: string): string => text;
  const write = (text: string): void => void streams.out.write(`${shown(text)}\n`);
  const json = (value: unknown): void => write(jsonText(value));
  return {
    isJson,
    line(text) {
      if (!isJson) write(text);
    },
    rows(columns, rows) {
      if (isJson) for (const row of rows) json(row);
      else write(tableOf(columns, rows));
    },
    result(value, text) {
      if (isJson) json(value);
      else write(text);
    },
    properties(value) {
      if (isJson) json(value);
      else write(propertiesOf(value));
    },
    error(error) {
      const said = saidOf(error);
      if (isJson) json({ error: said });
      else streams.err.write(`${printable(`${said.code}: ${said.message}`)}\n`);
    },
  };
}

function propertiesOf(value: object): string {
  const table = new Table({ style: { head: [], border: [] } });
  for (const [name, each] of Object.entries(value)) table.push([name, printable(cellOf(each))]);
  return table.toString();
}

function tableOf(columns: readonly string[], rows: readonly object[]): string {
  const table = new Table({ head: [...columns], style: { head: [], border: [] } });
  for (const row of rows) {
    const values = row as Readonly<Record<string, unknown>>;
    table.push(columns.map((column) => printable(cellOf(values[column]))));
  }
  return table.toString();
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(cellOf).join(', ');
  return typeof value === 'object' ? jsonText(value) : String(value);
}

/** Errors of other libraries may quote values; nothing but their name is shown. */
function saidOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof FieldsealError) return { code: error.code, message: error.message };
  const name = error instanceof Error ? error.name : 'unknown';
  return { code: 'ERR_INTERNAL', message: `Something else failed (${name})` };
}
