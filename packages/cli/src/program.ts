import { FieldsealError } from '@fieldseal/core';
import { Command, CommanderError } from 'commander';
import { addAliases } from './command/aliases.ts';
import { addApprovals } from './command/approvals/add-approvals.ts';
import { addAudit } from './command/audit/add-audit.ts';
import { addCompletion } from './command/completion.ts';
import type { CommandContext } from './command/context.ts';
import { outputOf } from './command/context.ts';
import { addCoverage } from './command/coverage.ts';
import { addDoctor } from './command/doctor.ts';
import { addDue } from './command/due.ts';
import { addGrants } from './command/grants.ts';
import { addIndexes } from './command/indexes.ts';
import { addInit } from './command/init.ts';
import { addJobCommands } from './command/job-commands.ts';
import { addJobs } from './command/jobs.ts';
import { addKeys } from './command/keys/add-keys.ts';
import { addMigration } from './command/migration.ts';
import { addOneValue } from './command/one-value.ts';
import { addPhase } from './command/phase.ts';
import { addPlan } from './command/plan.ts';
import { addPolicies } from './command/policies/add-policies.ts';
import { addRebind } from './command/rebind.ts';
import { addRestore } from './command/restore.ts';
import { addRewrap } from './command/rewrap.ts';
import { addRotate } from './command/rotate.ts';
import { addShred } from './command/shred.ts';
import { addSlots } from './command/slots.ts';
import { addStatus } from './command/status.ts';
import { EXIT, exitCodeOf } from './output/exit-code.ts';

const COMMANDS: readonly ((program: Command, context: CommandContext) => void)[] = [
  addInit,
  addStatus,
  addDoctor,
  addMigration,
  addJobCommands,
  addPhase,
  addIndexes,
  addPlan,
  addJobs,
  addKeys,
  addAliases,
  addPolicies,
  addGrants,
  addApprovals,
  addSlots,
  addRotate,
  addRewrap,
  addRebind,
  addCoverage,
  addDue,
  addRestore,
  addShred,
  addAudit,
  addOneValue,
  addCompletion,
];

/** What the process gives to the program. */
export interface ProgramOptions {
  readonly streams: CommandContext['streams'];
  /** Aborted when the process is to end. */
  readonly signal: AbortSignal;
}

/** The commands with their help; nothing runs yet. */
export function createProgram(context: CommandContext, program: Command): Command {
  program
    .description('Field-level encryption: keys, columns, jobs')
    .option('--config <file>', 'instead of fieldseal.config.ts in this folder')
    .option('--json', 'one JSON object a line')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.streams.out.write(text),
      // for machines it becomes an object, where the command line ends
      writeErr: (text) => {
        if (!context.options().json) context.streams.err.write(text);
      },
    });
  for (const add of COMMANDS) add(program, context);
  for (const command of allCommands(program)) inherit(command, program);
  return program;
}

/**
 * Runs one command line.
 * @param args - Without the names of Node and of the script.
 * @returns the exit code
 */
export async function runProgram(
  args: readonly string[],
  { streams, signal }: ProgramOptions,
): Promise<number> {
  let code: number = EXIT.done;
  const program = new Command('fieldseal');
  const context: CommandContext = {
    streams,
    signal,
    options: () => ({ ...program.opts(), ...(isJson(args) ? { json: true } : {}) }),
    exit(given) {
      code = given;
    },
  };
  createProgram(context, program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.done;
      if (isJson(args)) outputOf(context).error(wrongUsage(error));
      return EXIT.usage;
    }
    outputOf(context).error(error);
    return exitCodeOf(error);
  }
}

/** Also where the command line is wrong before that is known. */
function isJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

function wrongUsage({ code, message }: CommanderError): FieldsealError {
  const said = code === 'commander.help' ? 'A command is missing' : message.replace(/^error: /, '');
  return new FieldsealError('ERR_REQUEST_INVALID', said, { reason: 'USAGE' });
}

/** A command's own commands, theirs, and so on. */
export function allCommands({ commands }: Command): readonly Command[] {
  return commands.flatMap((command) => [command, ...allCommands(command)]);
}

/** Commands were made before the program knew where to write. */
function inherit(command: Command, program: Command): void {
  command.copyInheritedSettings(program);
}
