import {
  type AcceptedRestore,
  type AcceptRestoreOptions,
  acceptRestoredStore,
  FieldsealError,
  proposeRestore,
} from '@fieldseal/core';
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
  readonly propose?: boolean;
  readonly approver?: string;
  readonly signature?: string;
  readonly proposed?: Date;
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
    .option('--tombstones <file>', 'lines of restore tombstones, - for standard input')
    .option('--propose', 'only write the text that an approver is to sign, byte for byte')
    .option('--approver <principal>', 'who signed it, where there are approvers')
    .option('--signature <file>', 'what ssh-keygen wrote')
    .option('--proposed <time>', 'as the signed text has it', instant);
  withExamples(
    dangerous(accept),
    'restore accept --tombstones /secure/tombstones.jsonl',
    'restore accept --above 1204',
    'restore accept --above 1204 --propose > statement',
    'restore accept --above 1204 --approver user/carol --signature statement.sig --proposed 2027-01-15T08:00:00.000Z',
  );
  accept.action((flags: AcceptFlags) => acceptStore(context, flags));
}

async function acceptStore(context: CommandContext, flags: AcceptFlags): Promise<void> {
  const { yes, above, tombstones: file, propose } = flags;
  const { keyring } = await loadConfig(context.options().config);
  try {
    const text = file === undefined ? '' : await readText(context, file);
    const options = {
      principal: whoRunsIt(),
      ...keyring,
      tombstones: text.split('\n').filter((line) => line.trim() !== ''),
      ...(above === undefined ? {} : { above }),
    };
    if (propose === true) {
      const { statement } = await proposeRestore(options);
      context.streams.out.write(Buffer.from(statement));
      return;
    }
    const approval = await approvalOf(context, flags);
    const what = 'Keys that were revoked or disabled since the backup are usable again';
    if (!(await confirmByName(context, { what, yes, name: keyring.environment }))) return;
    tell(context, await acceptRestoredStore({ ...options, ...approval }));
  } finally {
    await keyring.store.close();
  }
}

/** All three of them, or none. */
async function approvalOf(
  context: CommandContext,
  { approver, signature, proposed }: AcceptFlags,
): Promise<Pick<AcceptRestoreOptions, 'approval'>> {
  if (approver === undefined && signature === undefined && proposed === undefined) return {};
  if (approver === undefined || signature === undefined || proposed === undefined) {
    // not at the reading of the command line, which would say it itself
    const message = '--approver, --signature and --proposed belong together';
    throw new FieldsealError('ERR_REQUEST_INVALID', message, { option: 'approval' });
  }
  const given = await readText(context, signature);
  return { approval: { approver, signature: given, proposedAt: proposed } };
}

function tell(context: CommandContext, accepted: AcceptedRestore): void {
  const output = outputOf(context);
  output.result(accepted, `The store is accepted again, at epoch ${accepted.epoch}.`);
  output.line(`${accepted.tombstones} tombstones were missing and are there again.`);
  for (const name of accepted.ended) {
    output.line(`${name} is in the backup and ended since: what is under it opens no more.`);
  }
  output.line('Next: revoke again what was revoked since the backup; fieldseal due');
}

function instant(text: string): Date {
  const at = new Date(text);
  if (Number.isFinite(at.getTime())) return at;
  throw new InvalidArgumentError('must be a time such as 2027-01-15T08:00:00.000Z');
}

function epoch(text: string): bigint {
  if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('must be a whole number above 0');
}
