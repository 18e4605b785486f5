import { FieldsealError } from '@fieldseal/core';
import Table from 'cli-table3';

/** Where a command writes: for people, or with `--json` one object a line for machines. */
export interface Output {
  readonly isJson: boolean;
  /** A sentence for people; nothing for machines. */
  line(text: string): void;
  /** Rows for people as a table, for machines as one object a line. */
  rows(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): void;
  /** The result: for machines the object, for people `text`. */
  result(value: Readonly<Record<string, unknown>>, text: string): void;
  error(error: unknown): void;
}

/** What an output is written to. */
export interface Streams {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
}

export function createOutput(streams: Streams, isJson: boolean): Output {
  const write = (text: string): void => void streams.out.write(`${text}\n`);
  const json = (value: unknown): void => write(JSON.stringify(value));
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
    error(error) {
      const said = saidOf(error);
      if (isJson) json({ error: said });
      else streams.err.write(`${said.code}: ${said.message}\n`);
    },
  };
}

function tableOf(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const table = new Table({ head: [...columns], style: { head: [], border: [] } });
  for (const row of rows) table.push(columns.map((column) => String(row[column] ?? '')));
  return table.toString();
}

/** Errors of other libraries may quote values; nothing but their name is shown. */
function saidOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof FieldsealError) return { code: error.code, message: error.message };
  const name = error instanceof Error ? error.name : 'unknown';
  return { code: 'ERR_INTERNAL', message: `Something else failed (${name})` };
}
