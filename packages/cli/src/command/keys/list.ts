import type { Command } from 'commander';
import { allPages } from '../all-pages.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { withExamples } from '../with-examples.ts';

/** `fieldseal keys list`. */
export function addKeyList(keys: Command, context: CommandContext): void {
  const list = keys.command('list').description('all keys, oldest first');
  withExamples(list, 'keys list', 'keys list --json');
  list.action(() =>
    withKeyring(context, async ({ keyring, output }) => {
      const found = await allPages(
        (page) => keyring.kms.listKeys(page),
        ({ Keys }) => Keys,
      );
      const known = new Map(keyring.listKeys().map((key) => [key.keyId, key]));
      const rows = found.map(({ KeyId }) => {
        const key = known.get(KeyId);
        return {
          KeyId,
          Aliases: key?.aliases ?? [],
          KeyState: key?.state,
          KeyManager: key?.owner,
          Versions: key?.versions.length,
          Description: key?.description ?? '',
        };
      });
      output.rows(['KeyId', 'Aliases', 'KeyState', 'KeyManager', 'Versions', 'Description'], rows);
    }),
  );
}
