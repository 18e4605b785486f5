import { type ExplainAccessRequest, FieldsealError, type PolicyAction } from '@fieldseal/core';
import type { Command } from 'commander';
import { EXIT } from '../../output/exit-code.ts';
import { readText } from '../../prompt/read-input.ts';
import { type Pairs, pair } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

interface ExplainFlags {
  readonly principal?: string;
  readonly context?: Pairs;
  readonly tag?: Pairs;
  readonly via?: string;
  readonly request?: string;
}

/** Members of a call that are times: JSON has none. */
const TIMES = new Set(['ValidTo', 'NotBefore', 'NotAfter']);

function parsed(text: string): ExplainAccessRequest['Request'] {
  try {
    return JSON.parse(text, (name, value: unknown) =>
      TIMES.has(name) && typeof value === 'string' ? new Date(value) : value,
    );
  } catch {
    // what a parser quotes is not to be shown
    return undefined;
  }
}

/** @throws `ERR_REQUEST_INVALID` for what is no JSON */
async function requestOf(
  context: CommandContext,
  file: string | undefined,
): Promise<Pick<ExplainAccessRequest, 'Request'>> {
  if (file === undefined) return {};
  const Request = parsed(await readText(context, file));
  if (Request === undefined) {
    const message = 'The file of --request holds no JSON';
    throw new FieldsealError('ERR_REQUEST_INVALID', message, { option: 'request' });
  }
  return { Request };
}

/** `fieldseal policies explain`. */
export function addPolicyExplain(policies: Command, context: CommandContext): void {
  const explain = policies
    .command('explain')
    .description('say whether somebody may do something with a key, and what decides it')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<operation>', 'such as Decrypt')
    .option('--principal <name>', 'whoever runs the command by default')
    .option('--tag <name=value>', 'a tag of the principal, once for each', pair)
    .option('--context <name=value>', 'a pair of the encryption context, once for each', pair)
    .option('--via <adapter>', 'of a sealed field, such as prisma')
    .option(
      '--request <file>',
      'what else the call takes, as JSON by its names; - for standard input',
    );
  withExamples(
    explain,
    'policies explain alias/kyc Decrypt --principal service/api',
    'policies explain alias/kyc Decrypt --context tenant=acme --json',
    'policies explain alias/kyc ScheduleKeyDeletion --request call.json',
  );
  explain.action((name: string, operation: string, flags: ExplainFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const { principal, context: pairs, tag, via, request } = flags;
      const decision = await keyring.kms.explainAccess({
        KeyId: keyIdOf(keyring, name),
        Operation: operation as PolicyAction,
        ...(principal === undefined ? {} : { Principal: principal }),
        ...(tag === undefined ? {} : { PrincipalTags: tag }),
        ...(pairs === undefined ? {} : { EncryptionContext: pairs }),
        ...(via === undefined ? {} : { ViaService: via }),
        ...(await requestOf(context, request)),
      });
      output.properties(decision);
      if (!decision.allowed) context.exit(EXIT.found);
    }),
  );
}
