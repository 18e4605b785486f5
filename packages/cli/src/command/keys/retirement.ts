import { NOT_SEEN } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { confirmByName } from '../../prompt/confirm.ts';
import { proposed } from '../approvals/propose.ts';
import { wholeNumber } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { dangerous, type YesFlag } from '../dangerous.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

interface RetireFlags extends YesFlag {
  readonly days?: number;
  readonly propose?: boolean;
}

/** `fieldseal keys retire-version` and `keys cancel-retirement`. */
export function addKeyRetirement(keys: Command, context: CommandContext): void {
  const retire = keys
    .command('retire-version')
    .description('end one version of a key that has nothing under it, after a waiting period')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<version>', 'its number', wholeNumber)
    .option('--days <days>', 'waiting period, 7 to 30; 30 by default', wholeNumber)
    .option('--propose', 'only propose it, for an approver to sign');
  withExamples(
    dangerous(retire),
    'rewrap alias/kyc',
    'reencrypt Customer.aadhaar',
    'keys retire-version alias/kyc 1 --days 30',
  );
  retire.action((name: string, Version: number, { days, yes, propose }: RetireFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const request = {
        KeyId: keyIdOf(keyring, name),
        Version,
        ...(days === undefined ? {} : { PendingWindowInDays: days }),
      };
      if (propose === true) {
        await proposed({ keyring, output }, 'RetireKeyVersion', request);
        return;
      }
      const what = `What is under version ${Version} of ${name}, in backups too, is lost to everybody`;
      if (!(await confirmByName(context, { what, name, yes }))) return;
      const retired = await keyring.kms.retireKeyVersion(request);
      const { ClosingDate, DeletionDate } = retired;
      const text = `Version ${Version} of ${name} opens nothing from ${ClosingDate.toISOString()} on.`;
      output.result({ ...retired, NotSeen: NOT_SEEN }, text);
      output.line(`It ends at ${DeletionDate.toISOString()}, if nothing is under it still.`);
      output.line(`No count sees: ${NOT_SEEN.join(', ')}.`);
      output.line(`Until then: fieldseal keys cancel-retirement ${name} ${Version}`);
      output.line('What is due is done by the application, or by: fieldseal due');
    }),
  );

  const cancel = keys
    .command('cancel-retirement')
    .description('keep a version that was to end; it opens again')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<version>', 'its number', wholeNumber);
  withExamples(cancel, 'keys cancel-retirement alias/kyc 1');
  cancel.action((name: string, Version: number) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      await keyring.kms.cancelKeyVersionRetirement({ KeyId, Version });
      output.result({ KeyId, Version }, `Version ${Version} of ${name} stays.`);
    }),
  );
}
