import { Command, CommanderError } from 'commander';
import type { CommandContext } from './command/context.ts';
import { outputOf } from './command/context.ts';
import { addDoctor } from './command/doctor.ts';
import { addInit } from './command/init.ts';
import { addJobCommands } from './command/job-commands.ts';
import { addJobs } from './command/jobs.ts';
import { addMigration } from './command/migration.ts';
import { addOneValue } from './command/one-value.ts';
import { addPhase } from './command/phase.ts';
import { addStatus } from './command/status.ts';
import { EXIT, exitCodeOf } from './output/exit-code.ts';

/** What the process gives to the program. */
export interface ProgramOptions {
  readonly streams: CommandContext['streams'];
  /** Aborted when the process is to end. */
  readonly signal: AbortSignal;
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
  const program = new Command('fieldseal')
    .description('Field-level encryption: keys, columns, jobs')
    .option('--config <file>', 'instead of fieldseal.config.ts in this folder')
    .option('--json', 'one JSON object a line')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.out.write(text),
      writeErr: (text) => void streams.err.write(text),
    });
  const context: CommandContext = {
    streams,
    signal,
    options: () => program.opts(),
    exit(given) {
      code = given;
    },
  };
  const commands = [addInit, addStatus, addDoctor, addMigration, addJobCommands];
  for (const add of [...commands, addPhase, addJobs, addOneValue]) add(program, context);
  for (const command of allCommands(program)) inherit(command, program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    outputOf(context).error(error);
    return exitCodeOf(error);
  }
}

function allCommands({ commands }: Command): readonly Command[] {
  return commands.flatMap((command) => [command, ...allCommands(command)]);
}

/** Commands were made before the program knew where to write. */
function inherit(command: Command, program: Command): void {
  command.copyInheritedSettings(program);
}
