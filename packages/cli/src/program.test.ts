import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { CommandContext } from './command/context.ts';
import { allCommands, createProgram } from './program.ts';

const DOCS = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8').replaceAll(
  /^```.*?^```$/gms,
  '',
);
/** What stands in backticks in the table of commands. */
const NAMED = [...DOCS.matchAll(/`([^`]+)`/g)].flatMap(([, text = '']) => text.split(/[\s|\\]+/));

const context: CommandContext = {
  streams: { out: process.stdout, err: process.stderr, input: process.stdin },
  signal: new AbortController().signal,
  options: () => ({}),
  exit: () => {},
};

test.each(
  allCommands(createProgram(context, new Command('fieldseal'))).map((command) => command.name()),
)('docs/cli.md names the command %s', (name) => {
  expect(NAMED).toContain(name);
});
