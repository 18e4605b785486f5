import { type AuditReport, auditSource, verifyAudit } from '@fieldseal/core';
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../../output/exit-code.ts';
import { type CommandContext, outputOf, withKeyring } from '../context.ts';
import { withExamples } from '../with-examples.ts';
import { withStore } from './with-store.ts';

interface VerifyFlags {
  readonly signer?: readonly Uint8Array[];
}

/** `fieldseal audit verify` and `audit public-key`. */
export function addAuditVerify(audit: Command, context: CommandContext): void {
  const verify = audit
    .command('verify')
    .description('follow all chains, and say what was edited, cut off or put in')
    .option(
      '--signer <hex>',
      'public key of checkpoints that you kept, once for each; the keys are not opened then',
      publicKey,
    );
  withExamples(verify, 'audit verify', 'audit verify --json', 'audit verify --signer 5d8c1a...');
  verify.action(async ({ signer }: VerifyFlags) => {
    if (signer !== undefined) {
      await withStore(context, async ({ config, store }) => {
        const { environment, audit: options } = config.keyring;
        const anchors = (await options?.anchor?.read()) ?? [];
        const source = auditSource(store);
        show(context, await verifyAudit({ source, environment, signers: signer, anchors }));
      });
      return;
    }
    await withKeyring(context, async ({ config, keyring }) => {
      const anchors = (await config.keyring.audit?.anchor?.read()) ?? [];
      show(context, await keyring.audit.verify({ anchors }));
    });
  });

  const key = audit
    .command('public-key')
    .description('what signs checkpoints, for an auditor to keep');
  withExamples(key, 'audit public-key');
  key.action(() =>
    withKeyring(context, async ({ keyring, output }) => {
      const hex = Buffer.from(await keyring.audit.publicKey()).toString('hex');
      output.result({ publicKey: hex }, hex);
    }),
  );
}

function show(context: CommandContext, report: AuditReport): void {
  const output = outputOf(context);
  if (!report.sound) context.exit(EXIT.found);
  if (output.isJson) {
    output.result(report, '');
    return;
  }
  const { chains, findings, findingCount, entries, truncation } = report;
  output.rows(['chain', 'entries', 'signedUpTo', 'completeUpTo', 'concluded'], chains);
  if (findings.length > 0) output.rows(['kind', 'chain', 'sequence'], findings);
  output.line(
    findingCount === 0
      ? `${entries} entries, and nothing wrong with them.`
      : `${entries} entries, and ${findingCount} findings.`,
  );
  if (truncation !== 'anchored') {
    output.line('Whether the end of a chain was cut off cannot be told without an anchor of it.');
  }
}

function publicKey(text: string, before: readonly Uint8Array[] = []): readonly Uint8Array[] {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('must be 64 digits of hex');
  return [...before, new Uint8Array(Buffer.from(text, 'hex'))];
}
