import { type Command, InvalidArgumentError, Option } from 'commander';

/** Says why there is no `--workers` where other jobs have it: better than not to know the flag. */
export function inOneProcess(command: Command): Command {
  const refused = new Option('--workers <threads>').hideHelp().argParser(() => {
    throw new InvalidArgumentError(`${command.name()} runs in one process.`);
  });
  return command.addOption(refused);
}
