import type { Command } from 'commander';
import { type CommandContext, withKeyring } from '../context.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

/** `fieldseal keys describe`, `set-description` and `last-usage`. */
export function addKeyDescribe(keys: Command, context: CommandContext): void {
  const describe = keys
    .command('describe')
    .description('one key: what it is for, its state, its material')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(describe, 'keys describe alias/kyc');
  describe.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const { KeyMetadata } = await keyring.kms.describeKey({ KeyId: name });
      output.properties(KeyMetadata);
    }),
  );

  const edit = keys
    .command('set-description')
    .description('write another description')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<text>', 'for people');
  withExamples(edit, 'keys set-description alias/kyc "Identity documents since 2026"');
  edit.action((name: string, Description: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      await keyring.kms.updateKeyDescription({ KeyId, Description });
      output.result({ KeyId, Description }, `${name} is described anew.`);
    }),
  );

  const usage = keys
    .command('last-usage')
    .description('when a key was last used, and for what')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(usage, 'keys last-usage alias/old');
  usage.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      output.properties(await keyring.kms.getKeyLastUsage({ KeyId }));
    }),
  );
}
