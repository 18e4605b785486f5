import type { Command } from 'commander';
import { confirmByName } from '../../prompt/confirm.ts';
import { proposed } from '../approvals/propose.ts';
import { wholeNumber } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { dangerous, type YesFlag } from '../dangerous.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

interface ScheduleFlags extends YesFlag {
  readonly days?: number;
  readonly propose?: boolean;
}

/** `fieldseal keys schedule-deletion` and `keys cancel-deletion`. */
export function addKeyDeletion(keys: Command, context: CommandContext): void {
  const schedule = keys
    .command('schedule-deletion')
    .description('end a key after a waiting period in which nothing can use it')
    .argument('<key>', 'alias/name or the id of a key')
    .option('--days <days>', 'waiting period, 7 to 30; 30 by default', wholeNumber)
    .option('--propose', 'only propose it, for an approver to sign');
  withExamples(dangerous(schedule), 'keys schedule-deletion alias/old --days 30');
  schedule.action((name: string, flags: ScheduleFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const { days, yes, propose } = flags;
      const request = {
        KeyId: keyIdOf(keyring, name),
        ...(days === undefined ? {} : { PendingWindowInDays: days }),
      };
      if (propose === true) {
        await proposed({ keyring, output }, 'ScheduleKeyDeletion', request);
        return;
      }
      const what = `What is sealed under ${name} is lost to everybody after ${days ?? 30} days`;
      if (!(await confirmByName(context, { what, name, yes }))) return;
      const scheduled = await keyring.kms.scheduleKeyDeletion(request);
      const when = scheduled.DeletionDate.toISOString();
      output.result(scheduled, `${name} ends at ${when}.`);
      output.line(`Until then: fieldseal keys cancel-deletion ${name}`);
    }),
  );

  const cancel = keys
    .command('cancel-deletion')
    .description('keep a key that was to end; it is disabled afterwards')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(cancel, 'keys cancel-deletion alias/old');
  cancel.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const cancelled = await keyring.kms.cancelKeyDeletion({ KeyId: keyIdOf(keyring, name) });
      output.result(cancelled, `${name} stays, disabled.`);
      output.line(`Next, to use it again: fieldseal keys enable ${name}`);
    }),
  );
}
