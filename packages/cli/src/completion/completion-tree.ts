import type { Command } from 'commander';

/** One command, as far as a shell completes it. */
export interface CompletionNode {
  /** Names of the commands that lead to it; empty for the program. */
  readonly path: readonly string[];
  /** What may come next: names of commands, then long flags. */
  readonly words: readonly string[];
}

/** The program and all its commands, each before its own. */
export function completionTree(
  command: Command,
  path: readonly string[] = [],
): readonly CompletionNode[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  const flags = shown.flatMap(({ long }) => (typeof long === 'string' ? [long] : []));
  const names = command.commands.map((each) => each.name());
  const own: CompletionNode = { path, words: [...names, ...flags, '--help'] };
  const below = command.commands.flatMap((each) => completionTree(each, [...path, each.name()]));
  return [own, ...below];
}
