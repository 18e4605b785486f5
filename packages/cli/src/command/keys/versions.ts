import type { Command } from 'commander';
import { confirmByName } from '../../prompt/confirm.ts';
import { wholeNumber } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { dangerous, type YesFlag } from '../dangerous.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

interface EndFlags extends YesFlag {
  readonly loseIndexKeys?: boolean;
}

const LOSE = 'also with index keys under it: indexed fields are neither written nor found any more';

/** `fieldseal keys versions`, `revoke-version` and `min-version`. */
export function addKeyVersions(keys: Command, context: CommandContext): void {
  const versions = keys
    .command('versions')
    .description('versions of a key and their states, oldest first')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(versions, 'keys versions alias/kyc');
  versions.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      // asks for the right to look at the key, and leaves a trace
      const { KeyMetadata } = await keyring.kms.describeKey({ KeyId: name });
      const key = keyring.listKeys().find(({ keyId }) => keyId === KeyMetadata.KeyId);
      const rows = key?.versions.map(({ version, state, deletionAt }) => ({
        Version: version,
        State: state,
        ...(deletionAt === undefined ? {} : { DeletionDate: deletionAt }),
      }));
      output.rows(['Version', 'State', 'DeletionDate'], rows ?? []);
    }),
  );

  const revoke = keys
    .command('revoke-version')
    .description('let one version of a key, not the primary one, open nothing any more')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<version>', 'its number', wholeNumber);
  revoke.option('--lose-index-keys', LOSE);
  withExamples(dangerous(revoke), 'keys revoke-version alias/kyc 3');
  revoke.action(
    (name: string, Version: number, { yes, loseIndexKeys: LoseIndexKeys = false }: EndFlags) =>
      withKeyring(context, async ({ keyring, output }) => {
        const KeyId = keyIdOf(keyring, name);
        const what = `What is under version ${Version} of ${name} opens nowhere any more`;
        if (!(await confirmByName(context, { what, name, yes }))) return;
        await keyring.kms.revokeKeyVersion({ KeyId, Version, LoseIndexKeys });
        output.result({ KeyId, Version }, `Version ${Version} of ${name} is revoked.`);
      }),
  );

  const least = keys
    .command('min-version')
    .description('let no version before this one open anything any more')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<version>', 'the first that still opens', wholeNumber);
  least.option('--lose-index-keys', LOSE);
  withExamples(dangerous(least), 'keys min-version alias/kyc 3');
  least.action(
    (name: string, Version: number, { yes, loseIndexKeys: LoseIndexKeys = false }: EndFlags) =>
      withKeyring(context, async ({ keyring, output }) => {
        const KeyId = keyIdOf(keyring, name);
        const what = `What is under a version of ${name} before ${Version} opens nowhere any more`;
        if (!(await confirmByName(context, { what, name, yes }))) return;
        await keyring.kms.setMinDecryptVersion({ KeyId, Version, LoseIndexKeys });
        output.result({ KeyId, Version }, `${name} opens from version ${Version} on.`);
      }),
  );
}
