import { checkPolicy, type PolicyKind } from '@fieldseal/core';
import { type Command, Option } from 'commander';
import { readText } from '../../prompt/read-input.ts';
import { type CommandContext, outputOf } from '../context.ts';
import { withExamples } from '../with-examples.ts';

interface CheckFlags {
  readonly kind: PolicyKind;
  readonly wildcardActions?: boolean;
}

/** `fieldseal policies check`, which needs no key store. */
export function addPolicyCheck(policies: Command, context: CommandContext): void {
  const check = policies
    .command('check')
    .description('say whether a document is a right one')
    .argument('<file>', 'document as JSON, - for standard input')
    .addOption(
      new Option('--kind <kind>', 'where it is to stand')
        .choices(['key-policy', 'identity-policy', 'guardrail'])
        .default('key-policy'),
    )
    .option('--wildcard-actions', 'let it allow actions by wildcards');
  withExamples(check, 'policies check kyc.json', 'policies check rail.json --kind guardrail');
  check.action(async (file: string, { kind, wildcardActions }: CheckFlags) => {
    const document = await readText(context, file);
    checkPolicy(document, {
      kind,
      ...(wildcardActions === true ? { wildcardActions: 'accept' } : {}),
    });
    outputOf(context).result({ file, kind, valid: true }, `${file} is a right ${kind}.`);
  });
}
