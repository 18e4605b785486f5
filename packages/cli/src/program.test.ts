import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { CommandContext } from './command/context.ts';
import { allCommands, createProgram, runProgram } from './program.ts';

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

test('every command has examples in its help, and one of them at least is of itself', async () => {
  const names: string[] = [];
  for (const path of paths(createProgram(context, new Command('fieldseal')))) {
    const out: string[] = [];
    const streams = { out: written(out), err: written([]), input: process.stdin };
    const code = await runProgram([...path, '--help'], { streams, signal: context.signal });
    const [, examples = ''] = out.join('').split('\nExamples:\n');
    const lines = examples.trimEnd().split('\n');
    const name = path.join(' ');
    const isOwn = (line: string) => `${line} `.includes(`fieldseal ${name} `);
    if (code !== 0 || !lines.some(isOwn)) names.push(name);
  }
  expect(names).toEqual([]);
});

/** Of the commands that do something; the others only hold commands. */
function paths(command: Command, above: readonly string[] = []): readonly string[][] {
  return command.commands.flatMap((each) => {
    const path = [...above, each.name()];
    return each.commands.length === 0 ? [path] : paths(each, path);
  });
}

function written(parts: string[]): Writable {
  return new Writable({
    write(part, _encoding, done) {
      parts.push(String(part));
      done();
    },
  });
}

test.each([
  ['an unknown command', ['nothing', '--json']],
  ['an unknown option', ['--json', 'status', '--nothing']],
  ['a missing argument', ['verify', '--json']],
  ['a number that is none', ['--json', 'verify', 'A.b', '--batch-size', 'x']],
  ['no command', ['--json']],
])('with --json %s is one JSON object and nothing else', async (_, args) => {
  const out: string[] = [];
  const err: string[] = [];
  const streams = { out: written(out), err: written(err), input: process.stdin };
  const code = await runProgram(args, { streams, signal: new AbortController().signal });
  expect({ code, err }).toEqual({ code: 2, err: [] });
  expect(JSON.parse(out.join(''))).toMatchObject({
    error: { code: 'ERR_REQUEST_INVALID', message: expect.stringMatching(/./) },
  });
});
