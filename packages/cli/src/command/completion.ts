import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/completion-script.ts';
import { completionTree } from '../completion/completion-tree.ts';
import type { CommandContext } from './context.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal completion`. */
export function addCompletion(program: Command, context: CommandContext): void {
  const completion = program
    .command('completion')
    .description('what your shell is to read, so that it completes commands and flags')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS));
  withExamples(
    completion,
    'completion bash >> ~/.bashrc',
    'completion zsh >> ~/.zshrc',
    'completion fish > ~/.config/fish/completions/fieldseal.fish',
  );
  completion.action((shell: Shell) => {
    context.streams.out.write(completionScript(shell, completionTree(program)));
  });
}
