import type { Command } from 'commander';

/** Ends the help of a command with lines that can be copied. */
export function withExamples(command: Command, ...lines: readonly string[]): Command {
  const shown = lines.map((line) => `  $ fieldseal ${line}`).join('\n');
  return command.addHelpText('after', `\nExamples:\n${shown}`);
}
