import type { PolicyAction } from '@fieldseal/core';
import type { Command } from 'commander';
import { EXIT } from '../../output/exit-code.ts';
import { type Pairs, pair } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

interface ExplainFlags {
  readonly principal?: string;
  readonly context?: Pairs;
}

/** `fieldseal policies explain`. */
export function addPolicyExplain(policies: Command, context: CommandContext): void {
  const explain = policies
    .command('explain')
    .description('say whether somebody may do something with a key, and what decides it')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<operation>', 'such as Decrypt')
    .option('--principal <name>', 'whoever runs the command by default')
    .option('--context <name=value>', 'a pair of the encryption context, once for each', pair);
  withExamples(
    explain,
    'policies explain alias/kyc Decrypt --principal service/api',
    'policies explain alias/kyc Decrypt --context tenant=acme --json',
  );
  explain.action((name: string, operation: string, flags: ExplainFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const { principal, context: pairs } = flags;
      const decision = await keyring.kms.explainAccess({
        KeyId: keyIdOf(keyring, name),
        Operation: operation as PolicyAction,
        ...(principal === undefined ? {} : { Principal: principal }),
        ...(pairs === undefined ? {} : { EncryptionContext: pairs }),
      });
      output.properties(decision);
      if (!decision.allowed) context.exit(EXIT.found);
    }),
  );
}
