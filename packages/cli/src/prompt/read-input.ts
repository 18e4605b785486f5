import { readFile } from 'node:fs/promises';
import { FieldsealError } from '@fieldseal/core';
import passwordPrompt from '@inquirer/password';
import type { CommandContext } from '../command/context.ts';
import { canAsk, terminalOf, wasLeft } from './may-ask.ts';

/**
 * A secret or another single value: asked for without showing it, or all of standard input without
 * the line end that a shell adds. Never an argument, as those are seen by everybody on the machine.
 * @throws `ERR_JOB_STOPPED` when the question was left
 */
export async function readHidden(context: CommandContext, message: string): Promise<string> {
  if (!canAsk(context)) return (await readAll(context.streams.input)).replace(/\r?\n$/, '');
  try {
    return await passwordPrompt({ message, mask: '*' }, terminalOf(context));
  } catch (error) {
    if (!wasLeft(error)) throw error;
    throw leftBehind();
  }
}

/**
 * The text of a file; `-` is standard input.
 * @throws `ERR_REQUEST_INVALID`
 */
export async function readText(context: CommandContext, file: string): Promise<string> {
  if (file === '-') return readAll(context.streams.input);
  return Buffer.from(await readBytes(file)).toString('utf8');
}

/** @throws `ERR_REQUEST_INVALID` */
export async function readBytes(file: string): Promise<Uint8Array> {
  const content = await readFile(file).catch(() => undefined);
  if (content === undefined) throw unreadable(file);
  return new Uint8Array(content);
}

async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of input) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

function leftBehind(): FieldsealError {
  return new FieldsealError('ERR_JOB_STOPPED', 'Nothing was done', { reason: 'left' });
}

function unreadable(file: string): FieldsealError {
  return new FieldsealError('ERR_REQUEST_INVALID', `${file} cannot be read`, { file });
}
