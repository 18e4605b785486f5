import { FieldsealError } from '@fieldseal/core';
import type { CommandContext } from '../command/context.ts';

/** Whether there is somebody at a terminal who can be asked. */
export function canAsk({ streams }: Pick<CommandContext, 'streams'>): boolean {
  return streams.input.isTTY === true && streams.err.isTTY === true;
}

/** What cannot be asked and was not said. */
export function needsYes(what: string): FieldsealError {
  const message = `${what}: say --yes, as there is no terminal to ask on`;
  return new FieldsealError('ERR_REQUEST_INVALID', message, { option: 'yes' });
}

/** What a prompt is drawn on: standard output is for results. */
export function terminalOf({ streams, signal }: CommandContext): {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
} {
  return { input: streams.input, output: streams.err, signal };
}

/** Whether a prompt ended because somebody pressed Ctrl-C, or the process is to end. */
export function wasLeft(error: unknown): boolean {
  return error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name);
}
