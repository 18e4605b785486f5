import { acceptRestoredStore } from '@fieldseal/core';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { confirmByName } from '../prompt/confirm.ts';
import { readText } from '../prompt/read-input.ts';
import { type CommandContext, outputOf, whoRunsIt, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { withExamples } from './with-examples.ts';

interface AcceptFlags extends YesFlag {
  readonly above?: bigint;
  readonly tombstones?: string;
}

/** `fieldseal restore`. */
export function addRestore(program: Command, context: CommandContext): void {
  const restore = program
    .command('restore')
    .description('after a backup of the key store came back');
  const tombstones = restore
    .command('tombstones')
    .description('what was destroyed, one line each, to be kept outside of the database');
  withExamples(tombstones, 'restore tombstones > /secure/tombstones.jsonl');
  tombstones.action(() =>
    withKeyring(context, async ({ keyring }) => {
      for (const line of keyring.exportTombstones()) context.streams.out.write(`${line}\n`);
    }),
  );

  const accept = restore
    .command('accept')
    .description('take a key store that is older than what was seen of it, because you restored it')
    .option('--above <epoch>', 'the highest epoch that any host saw, if none is known here', epoch)
    .option('--tombstones <file>', 'lines of restore tombstones, - for standard input');
  withExamples(
    dangerous(accept),
    'restore accept --tombstones /secure/tombstones.jsonl',
    'restore accept --above 1204',
  );
  accept.action(async ({ yes, above, tombstones: file }: AcceptFlags) => {
    const { keyring } = await loadConfig(context.options().config);
    try {
      const what = 'Keys that were revoked or disabled since the backup are usable again';
      const name = keyring.environment;
      if (!(await confirmByName(context, { what, yes, name }))) return;
      const text = file === undefined ? '' : await readText(context, file);
      const accepted = await acceptRestoredStore({
        principal: whoRunsIt(),
        ...keyring,
        tombstones: text.split('\n').filter((line) => line.trim() !== ''),
        ...(above === undefined ? {} : { above }),
      });
      const output = outputOf(context);
      output.result(accepted, `The store is accepted again, at epoch ${accepted.epoch}.`);
      output.line(`${accepted.tombstones} tombstones were missing and are there again.`);
      for (const name of accepted.ended) {
        output.line(`${name} is in the backup and ended since: what is under it opens no more.`);
      }
      output.line('Next: revoke again what was revoked since the backup; fieldseal due');
    } finally {
      await keyring.store.close();
    }
  });
}

function epoch(text: string): bigint {
  if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('must be a whole number above 0');
}
