import type { Command } from 'commander';
import { confirmByName } from '../../prompt/confirm.ts';
import { readText } from '../../prompt/read-input.ts';
import { proposed } from '../approvals/propose.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { dangerous, type YesFlag } from '../dangerous.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

interface PutFlags extends YesFlag {
  readonly bypassLockoutCheck?: boolean;
  readonly propose?: boolean;
}

/** `fieldseal policies get` and `policies put`. */
export function addPolicyDocuments(policies: Command, context: CommandContext): void {
  const get = policies
    .command('get')
    .description('the policy of a key, as JSON')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(get, 'policies get alias/kyc', 'policies get alias/kyc > kyc.json');
  get.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      const { Policy } = await keyring.kms.getKeyPolicy({ KeyId });
      const document: unknown = JSON.parse(Policy);
      output.result({ KeyId, Policy: document }, JSON.stringify(document, null, 2));
    }),
  );

  const put = policies
    .command('put')
    .description('replace the policy of a key')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<file>', 'document as JSON, - for standard input')
    .option('--bypass-lockout-check', 'also one that keeps you from changing it again')
    .option('--propose', 'only propose it, for an approver to sign');
  withExamples(
    dangerous(put),
    'policies put alias/kyc kyc.json',
    'policies put alias/kyc kyc.json --propose',
  );
  put.action((name: string, file: string, flags: PutFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      const request = {
        KeyId,
        Policy: await readText(context, file),
        ...(flags.bypassLockoutCheck === true ? { BypassPolicyLockoutSafetyCheck: true } : {}),
      };
      if (flags.propose === true) {
        await proposed({ keyring, output }, 'PutKeyPolicy', request);
        return;
      }
      const what = `${file} takes the place of the whole policy of ${name}`;
      if (!(await confirmByName(context, { what, name, yes: flags.yes }))) return;
      await keyring.kms.putKeyPolicy(request);
      output.result({ KeyId }, `${name} has the new policy.`);
    }),
  );
}
