import type { CompletionNode } from './completion-tree.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a shell is to read so that it completes the names of commands and flags. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  if (shell === 'fish') return fishScript(nodes);
  const bash = bashScript(nodes);
  // bashcompinit needs compinit, which not every ~/.zshrc has called by then
  return shell === 'bash'
    ? bash
    : `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit
${bash}`;
}

/** Names and flags are of `a-z` and `-` alone, so nothing has to be quoted for a shell. */
function bashScript(nodes: readonly CompletionNode[]): string {
  const paths = nodes.map(({ path }) => `"${[...path].join(' ')}"`);
  const known = paths.filter((path) => path !== '""').join('|');
  const answers = nodes.map(({ words }, i) => `    ${paths[i]}) words="${words.join(' ')}" ;;`);
  return `_fieldseal() {
  local path="" next words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${known}) path="$next" ;;
    esac
  done
  case "$path" in
${answers.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _fieldseal fieldseal
`;
}

function fishScript(nodes: readonly CompletionNode[]): string {
  const lines = nodes.map(({ path, words }) => {
    const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
    const when = seen.length === 0 ? '__fish_use_subcommand' : seen.join('; and ');
    return `complete -c fieldseal -n "${when}" -a "${words.join(' ')}"`;
  });
  return `${lines.join('\n')}\n`;
}
