import type { Command } from 'commander';
import { confirmByName } from '../prompt/confirm.ts';
import { allPages } from './all-pages.ts';
import { proposed } from './approvals/propose.ts';
import { type CommandContext, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { keyIdOf } from './key-id-of.ts';
import { withExamples } from './with-examples.ts';

interface Propose {
  readonly propose?: boolean;
}

const PROPOSE = ['--propose', 'only propose it, for an approver to sign'] as const;

/** `fieldseal aliases`. */
export function addAliases(program: Command, context: CommandContext): void {
  const aliases = program.command('aliases').description('names of keys');

  const list = aliases
    .command('list')
    .description('all aliases, or those of one key')
    .option('--key <key>', 'alias/name or the id of a key');
  withExamples(list, 'aliases list', 'aliases list --key alias/kyc');
  list.action(({ key }: { readonly key?: string }) =>
    withKeyring(context, async ({ keyring, output }) => {
      const only = key === undefined ? {} : { KeyId: keyIdOf(keyring, key) };
      const found = await allPages(
        (page) => keyring.kms.listAliases({ ...page, ...only }),
        ({ Aliases }) => Aliases,
      );
      output.rows(['AliasName', 'TargetKeyId', 'LastUpdatedDate'], found);
    }),
  );

  for (const [word, description, operation] of [
    ['create', 'name a key', 'CreateAlias'],
    ['update', 'let a name stand for another key', 'UpdateAlias'],
  ] as const) {
    const command = aliases
      .command(word)
      .description(description)
      .argument('<alias>', 'alias/name')
      .argument('<key>', 'id of a key, or another alias of it')
      .option(...PROPOSE);
    withExamples(command, `aliases ${word} alias/kyc 0198c5a0-1111-7000-8000-000000000001`);
    command.action((AliasName: string, key: string, { propose }: Propose) =>
      withKeyring(context, async ({ keyring, output }) => {
        const TargetKeyId = keyIdOf(keyring, key);
        const request = { AliasName, TargetKeyId };
        if (propose === true) return proposed({ keyring, output }, operation, request);
        await (operation === 'CreateAlias'
          ? keyring.kms.createAlias(request)
          : keyring.kms.updateAlias(request));
        output.result(request, `${AliasName} stands for ${TargetKeyId}.`);
      }),
    );
  }

  const remove = aliases
    .command('delete')
    .description('take a name away; the key stays as it is')
    .argument('<alias>', 'alias/name')
    .option(...PROPOSE);
  withExamples(dangerous(remove), 'aliases delete alias/old');
  remove.action((AliasName: string, { yes, propose }: YesFlag & Propose) =>
    withKeyring(context, async ({ keyring, output }) => {
      if (propose === true) return proposed({ keyring, output }, 'DeleteAlias', { AliasName });
      const what = `Fields that name ${AliasName} find no key any more`;
      if (!(await confirmByName(context, { what, name: AliasName, yes }))) return;
      await keyring.kms.deleteAlias({ AliasName });
      output.result({ AliasName }, `${AliasName} is gone.`);
    }),
  );
}
