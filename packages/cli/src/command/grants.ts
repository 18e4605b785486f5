import type { CreateGrantRequest, PolicyAction } from '@fieldseal/core';
import { type Command, Option } from 'commander';
import { confirmByName } from '../prompt/confirm.ts';
import { allPages } from './all-pages.ts';
import { proposed } from './approvals/propose.ts';
import { type Pairs, pair, time } from './arguments.ts';
import { type CommandContext, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { keyIdOf } from './key-id-of.ts';
import { withExamples } from './with-examples.ts';

interface CreateFlags {
  readonly to: string;
  readonly operations: readonly PolicyAction[];
  readonly contextEquals?: Pairs;
  readonly contextSubset?: Pairs;
  readonly from?: Date;
  readonly until?: Date;
  readonly retiring?: string;
  readonly name?: string;
  readonly propose?: boolean;
}

/** `fieldseal grants`. */
export function addGrants(program: Command, context: CommandContext): void {
  const grants = program
    .command('grants')
    .description('rights of one principal to one key, which can be taken back alone');
  addList(grants, context);
  addCreate(grants, context);
  addEnd(grants, context);
}

function addList(grants: Command, context: CommandContext): void {
  const list = grants
    .command('list')
    .description('grants of a key, or what a principal may retire')
    .argument('[key]', 'alias/name or the id of a key')
    .option('--retirable-by <principal>', 'of all keys, instead of a key');
  withExamples(list, 'grants list alias/kyc', 'grants list --retirable-by user/asha');
  list.action((name: string | undefined, flags: { readonly retirableBy?: string }, command) => {
    const { retirableBy } = flags;
    if ((name === undefined) === (retirableBy === undefined)) {
      command.error('error: give a key, or --retirable-by');
    }
    return withKeyring(context, async ({ keyring, output }) => {
      const { kms } = keyring;
      const KeyId = keyIdOf(keyring, name ?? '');
      const found = await allPages(
        (page) =>
          retirableBy === undefined
            ? kms.listGrants({ ...page, KeyId })
            : kms.listRetirableGrants({ ...page, RetiringPrincipal: retirableBy }),
        ({ Grants }) => Grants,
      );
      const columns = ['GrantId', 'KeyId', 'GranteePrincipal', 'Operations', 'Constraints'];
      output.rows([...columns, 'NotAfter', 'IssuingPrincipal'], found);
    });
  });
}

function addCreate(grants: Command, context: CommandContext): void {
  const create = grants
    .command('create')
    .description('give one principal some operations of one key')
    .argument('<key>', 'alias/name or the id of a key')
    .requiredOption('--to <principal>', 'who gets them')
    .requiredOption('--operations <names...>', 'such as Encrypt Decrypt')
    .addOption(
      new Option('--context-equals <name=value>', 'only with exactly these pairs')
        .argParser(pair)
        .conflicts('contextSubset'),
    )
    .option('--context-subset <name=value>', 'only with these pairs, and perhaps others', pair)
    .option('--from <time>', 'when it begins; at once by default', time)
    .option('--until <time>', 'when it ends; never by default', time)
    .option('--retiring <principal>', 'who may give it back as well')
    .option('--name <name>', 'the same again gives the same grant')
    .option('--propose', 'only propose it, for an approver to sign');
  withExamples(
    create,
    'grants create alias/kyc --to service/report --operations Decrypt --until 2027-01-31',
  );
  create.action((key: string, flags: CreateFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const request = requestOf(keyIdOf(keyring, key), flags);
      if (flags.propose === true) {
        await proposed({ keyring, output }, 'CreateGrant', request);
        return;
      }
      const made = await keyring.kms.createGrant(request);
      output.result(made, `made grant ${made.GrantId}\ntoken: ${made.GrantToken}`);
    }),
  );
}

function requestOf(KeyId: string, flags: CreateFlags): CreateGrantRequest {
  const { to, operations, contextEquals, contextSubset, from, until, retiring, name } = flags;
  const constraints = {
    ...(contextEquals === undefined ? {} : { EncryptionContextEquals: contextEquals }),
    ...(contextSubset === undefined ? {} : { EncryptionContextSubset: contextSubset }),
  };
  return {
    KeyId,
    GranteePrincipal: to,
    Operations: operations,
    ...(Object.keys(constraints).length === 0 ? {} : { Constraints: constraints }),
    ...(from === undefined ? {} : { NotBefore: from }),
    ...(until === undefined ? {} : { NotAfter: until }),
    ...(retiring === undefined ? {} : { RetiringPrincipal: retiring }),
    ...(name === undefined ? {} : { Name: name }),
  };
}

function addEnd(grants: Command, context: CommandContext): void {
  const retire = grants
    .command('retire')
    .description('give a grant back: for whoever holds it or may retire it')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<grant>', 'id of the grant');
  withExamples(retire, 'grants retire alias/kyc 6b1c0c9e-0000-4000-8000-000000000001');
  retire.action((key: string, GrantId: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, key);
      await keyring.kms.retireGrant({ KeyId, GrantId });
      output.result({ KeyId, GrantId }, `Grant ${GrantId} is retired.`);
    }),
  );

  const revoke = grants
    .command('revoke')
    .description('take a grant back: for whoever manages the key')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<grant>', 'id of the grant');
  withExamples(dangerous(revoke), 'grants revoke alias/kyc 6b1c0c9e-0000-4000-8000-000000000001');
  revoke.action((key: string, GrantId: string, { yes }: YesFlag) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, key);
      const what = `Whoever has the rights of grant ${GrantId} to ${key} loses them`;
      if (!(await confirmByName(context, { what, name: key, yes }))) return;
      await keyring.kms.revokeGrant({ KeyId, GrantId });
      output.result({ KeyId, GrantId }, `Grant ${GrantId} is revoked.`);
    }),
  );
}
