import { readFile } from 'node:fs/promises';
import { FieldsealError } from '@fieldseal/core';
import { type RowMove, rebindRows } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { EXIT } from '../output/exit-code.ts';
import { createProgress } from '../output/progress.ts';
import { confirmByName } from '../prompt/confirm.ts';
import { type CommandContext, jobOptions, type Opened, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { inOneProcess } from './in-one-process.ts';
import { addPaceFlags, type PaceFlags, paceOptions } from './pace-flags.ts';
import { showEstimate } from './show-estimate.ts';
import { showProblems } from './show-problems.ts';
import { withExamples } from './with-examples.ts';

interface RebindFlags extends YesFlag, PaceFlags {
  readonly moves: string;
  readonly dryRun?: boolean;
}

/** `fieldseal rebind` seals cells for rows whose key or tenant was changed by SQL. */
export function addRebind(program: Command, context: CommandContext): void {
  const rebind = program
    .command('rebind')
    .description('seal cells for rows whose key, tenant or subject was changed behind Fieldseal')
    .argument('<field>', 'Model.field')
    .requiredOption('--moves <file>', 'one {"from":{"id":1},"to":{"id":2}} a line');
  addPaceFlags(inOneProcess(rebind)).option('--dry-run', 'look at every row, write nothing');
  withExamples(
    dangerous(rebind),
    'rebind Customer.aadhaar --moves moves.jsonl --dry-run',
    'rebind Customer.aadhaar --moves moves.jsonl',
  );
  rebind.action((field: string, flags: RebindFlags) =>
    withKeyring(context, (opened) => bind(context, opened, field, flags)),
  );
}

async function bind(
  context: CommandContext,
  opened: Opened,
  field: string,
  flags: RebindFlags,
): Promise<void> {
  const { moves: file, dryRun = false, yes } = flags;
  const moves = await readMoves(file);
  const what = `Cells of ${field} are sealed for ${moves.length} rows that they were not made for`;
  if (!dryRun && !(await confirmByName(context, { what, name: field, yes }))) return;
  const view = createProgress(context.streams.err);
  const report = await rebindRows({
    ...jobOptions(opened),
    field,
    moves,
    ...paceOptions(flags),
    ...(dryRun ? { dryRun } : { consent: true }),
    signal: context.signal,
    onProgress: (progress) => view.update(progress),
  }).finally(() => view.end());
  const { state, steps, problemCount } = report;
  const rows = steps.reduce((sum, { written }) => sum + written, 0);
  const done = dryRun ? 'would be bound' : 'bound';
  opened.output.result({ ...report }, `${field}: ${rows} rows ${done}, ${problemCount} left.`);
  showProblems(opened.output, report);
  showEstimate(opened.output, report);
  if (state !== 'done') context.exit(EXIT.found);
}

/** @throws `ERR_CONFIG_INVALID` naming the line, never what it says */
async function readMoves(file: string): Promise<readonly RowMove[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw notMoves('The file cannot be read');
  });
  return text
    .split('\n')
    .map((line, i) => ({ line: line.trim(), number: i + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => moveOf(line, number));
}

function moveOf(line: string, number: number): RowMove {
  const move = parsed(line);
  if (isPlace(move?.from) && isPlace(move?.to)) return { from: move.from, to: move.to };
  throw notMoves(`Line ${number} is no {"from":{...},"to":{...}} of names with texts and numbers`);
}

function parsed(line: string): { readonly from?: unknown; readonly to?: unknown } | null {
  try {
    return JSON.parse(line) as ReturnType<typeof parsed>;
  } catch {
    // what a parser quotes is not to be shown
    return null;
  }
}

function isPlace(value: unknown): value is RowMove['to'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (each) => typeof each === 'string' || Number.isSafeInteger(each),
  );
}

function notMoves(message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'moves' });
}
