import confirmPrompt from '@inquirer/confirm';
import inputPrompt from '@inquirer/input';
import type { CommandContext } from '../command/context.ts';
import { EXIT } from '../output/exit-code.ts';
import { printable } from '../output/printable.ts';
import { canAsk, needsYes, terminalOf, wasLeft } from './may-ask.ts';

/** What is asked before something that cannot simply be taken back. */
export interface Question {
  /** What would be done, as a sentence without its full stop. */
  readonly what: string;
  /** `--yes`: it was said already. */
  readonly yes: boolean | undefined;
}

/**
 * Lets somebody type the name of what is to be changed: a hand that is quicker than its head does
 * not write the name of the wrong key.
 * @returns `false` when they wrote anything else; the exit code then says so
 * @throws `ERR_REQUEST_INVALID` where nobody can be asked
 */
export async function confirmByName(
  context: CommandContext,
  { what, yes, name }: Question & { readonly name: string },
): Promise<boolean> {
  if (yes === true) return true;
  if (!canAsk(context)) throw needsYes(what);
  context.streams.err.write(`${printable(what)}.\n`);
  const message = `Type ${printable(name)} to go on:`;
  const typed = await answer(inputPrompt({ message }, terminalOf(context)));
  return decided(context, typed === name);
}

/** The same where a yes is enough. */
export async function confirm(context: CommandContext, { what, yes }: Question): Promise<boolean> {
  if (yes === true) return true;
  if (!canAsk(context)) throw needsYes(what);
  const message = `${printable(what)}. Go on?`;
  const said = await answer(confirmPrompt({ message, default: false }, terminalOf(context)));
  return decided(context, said === true);
}

async function answer<T>(prompt: Promise<T>): Promise<T | undefined> {
  try {
    return await prompt;
  } catch (error) {
    if (wasLeft(error)) return undefined;
    throw error;
  }
}

function decided(context: CommandContext, isConfirmed: boolean): boolean {
  if (!isConfirmed) {
    context.streams.err.write('Nothing was done.\n');
    context.exit(EXIT.stopped);
  }
  return isConfirmed;
}
