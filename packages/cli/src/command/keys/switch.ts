import type { Command } from 'commander';
import { confirmByName } from '../../prompt/confirm.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { dangerous, type YesFlag } from '../dangerous.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

/** `fieldseal keys enable` and `keys disable`. */
export function addKeySwitch(keys: Command, context: CommandContext): void {
  const enable = keys
    .command('enable')
    .description('let a key be used again')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(enable, 'keys enable alias/kyc');
  enable.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      await keyring.kms.enableKey({ KeyId });
      output.result({ KeyId, KeyState: 'Enabled' }, `${name} can be used again.`);
    }),
  );

  const disable = keys
    .command('disable')
    .description('let nothing be sealed or opened under a key, until it is enabled again')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(dangerous(disable), 'keys disable alias/kyc', 'keys disable alias/kyc --yes');
  disable.action((name: string, { yes }: YesFlag) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      const what = `Within 10 s no process seals or opens anything under ${name}`;
      if (!(await confirmByName(context, { what, name, yes }))) return;
      await keyring.kms.disableKey({ KeyId });
      output.result({ KeyId, KeyState: 'Disabled' }, `${name} is disabled.`);
    }),
  );
}
