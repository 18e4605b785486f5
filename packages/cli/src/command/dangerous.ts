import type { Command } from 'commander';

/** Of a command that asks before it does anything. */
export interface YesFlag {
  readonly yes?: boolean;
}

/** Lets a command be run where nobody can be asked. */
export function dangerous(command: Command): Command {
  return command.option('--yes', 'do not ask; needed where there is no terminal');
}
