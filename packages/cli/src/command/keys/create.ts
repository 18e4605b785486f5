import type { CreateKeyRequest, KeySpec, KeyUsage } from '@fieldseal/core';
import { type Command, Option } from 'commander';
import { readText } from '../../prompt/read-input.ts';
import { type Pairs, pair } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { withExamples } from '../with-examples.ts';
import { tagsOf } from './tags.ts';

interface CreateFlags {
  readonly description?: string;
  readonly alias?: string;
  readonly spec?: KeySpec;
  readonly usage?: KeyUsage;
  readonly origin?: 'FIELDSEAL' | 'EXTERNAL';
  readonly policy?: string;
  readonly bypassLockoutCheck?: boolean;
  readonly tag?: Pairs;
}

/** `fieldseal keys create`. */
export function addKeyCreate(keys: Command, context: CommandContext): void {
  const create = keys
    .command('create')
    .description('make a key with one version')
    .option('--description <text>', 'for people')
    .option('--alias <name>', 'alias/name that the key gets as well')
    .option('--spec <spec>', 'SYMMETRIC_DEFAULT, or HMAC_256 and the like')
    .option('--usage <usage>', 'ENCRYPT_DECRYPT, or GENERATE_VERIFY_MAC')
    .addOption(
      new Option('--origin <origin>', 'EXTERNAL waits for material that is imported').choices([
        'FIELDSEAL',
        'EXTERNAL',
      ]),
    )
    .option('--policy <file>', 'document as JSON, - for standard input')
    .option('--bypass-lockout-check', 'also a policy that keeps you from changing it')
    .option('--tag <name=value>', 'once for each tag', pair);
  withExamples(
    create,
    'keys create --alias alias/kyc --description "Identity documents"',
    'keys create --alias alias/cards --policy cards.json --tag team=payments',
  );
  create.action((flags: CreateFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const request = await requestOf(context, flags);
      const { KeyMetadata } = await keyring.kms.createKey(request);
      const { KeyId } = KeyMetadata;
      const { alias } = flags;
      if (alias !== undefined) {
        await keyring.kms.createAlias({ AliasName: alias, TargetKeyId: KeyId });
      }
      const named = alias === undefined ? '' : ` ${alias}`;
      output.result(KeyMetadata, `made key ${KeyId}${named}`);
    }),
  );
}

async function requestOf(context: CommandContext, flags: CreateFlags): Promise<CreateKeyRequest> {
  const { description, spec, usage, origin, policy, bypassLockoutCheck, tag } = flags;
  return {
    ...(description === undefined ? {} : { Description: description }),
    ...(spec === undefined ? {} : { KeySpec: spec }),
    ...(usage === undefined ? {} : { KeyUsage: usage }),
    ...(origin === undefined ? {} : { Origin: origin }),
    ...(policy === undefined ? {} : { Policy: await readText(context, policy) }),
    ...(bypassLockoutCheck === true ? { BypassPolicyLockoutSafetyCheck: true } : {}),
    ...(tag === undefined ? {} : { Tags: tagsOf(tag) }),
  };
}
