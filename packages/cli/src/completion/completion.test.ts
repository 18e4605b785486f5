import { spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { allCommands, createProgram } from '../program.ts';
import { completionScript } from './completion-script.ts';
import { completionTree } from './completion-tree.ts';

const program = createProgram(
  {
    streams: { out: process.stdout, err: process.stderr, input: process.stdin },
    signal: new AbortController().signal,
    options: () => ({}),
    exit: () => {},
  },
  new Command('fieldseal'),
);
const nodes = completionTree(program);

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const line = ['fieldseal', ...words];
  const script = `${completionScript('bash', nodes)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fieldseal; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...line], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

test('bash completes commands, their commands and their flags, also behind other flags', () => {
  expect(offered('rewr')).toEqual(['rewrap']);
  expect(offered('rewrap', 'alias/kyc', '--')).toEqual(
    expect.arrayContaining([
      '--batch-ms',
      '--load',
      '--patience',
      '--rows-per-second',
      '--statement-timeout',
    ]),
  );
  expect(offered('keys', 'ret')).toEqual(['retire-version']);
  expect(offered('keys', 'retire-version', 'alias/kyc', '1', '--d')).toEqual(['--days']);
  expect(offered('--json', 'keys', 'import', 'mat')).toEqual(['material']);
  expect(offered('keys', 'create', '--alias', 'alias/keys', '--sp')).toEqual(['--spec']);
  expect(offered('nothing')).toEqual([]);
});

test('every command can be completed in every shell, and nothing has to be quoted', () => {
  const names = allCommands(program).map((command) => command.name());
  for (const word of nodes.flatMap(({ words }) => words)) expect(word).toMatch(/^[a-z0-9-]+$/);
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionScript(shell, nodes);
    for (const name of names) expect(script).toMatch(new RegExp(`[ "]${name}[ "]`));
  }
});

test('fish offers the words of a command only behind it', () => {
  const lines = completionScript('fish', nodes).split('\n');
  const list = lines.find((line) =>
    line.includes('from keys; and __fish_seen_subcommand_from list'),
  );
  expect(list).toMatch(/ -a "[^"]*--help"$/);
  expect(lines[0]).toContain('-n "__fish_use_subcommand" -a "init status doctor ');
});
