import type { ShredRequest, ShredResult } from '@fieldseal/core';
import { type Command, Option } from 'commander';
import { confirmByName } from '../prompt/confirm.ts';
import { proposed } from './approvals/propose.ts';
import { clearRows } from './clear-rows.ts';
import { type CommandContext, type Opened, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { inOneProcess } from './in-one-process.ts';
import { addPaceFlags, type PaceFlags } from './pace-flags.ts';
import { withExamples } from './with-examples.ts';

interface ShredFlags extends YesFlag, PaceFlags {
  readonly tenant?: string;
  readonly subject?: string;
  readonly dryRun?: boolean;
  readonly propose?: boolean;
  readonly rows?: boolean;
}

/** `fieldseal shred` and `fieldseal shreds`. */
export function addShred(program: Command, context: CommandContext): void {
  const shred = program
    .command('shred')
    .description(
      'destroy the keys of a tenant or a subject, so that nothing of it ever opens again',
    )
    .option('--tenant <tenant>', 'whose data is to go')
    .option('--subject <subject>', 'of the tenant, where one is given')
    .option('--rows', 'take the cells and tokens out of the tables as well')
    .option('--dry-run', 'count, and change nothing')
    .addOption(
      // what is cleared or counted now is not what somebody signs later
      new Option('--propose', 'only propose it, for an approver to sign').conflicts([
        'rows',
        'dryRun',
      ]),
    );
  addPaceFlags(inOneProcess(shred));
  withExamples(
    dangerous(shred),
    'shred --tenant acme --dry-run',
    'shred --tenant acme --subject customer-42',
    'shred --tenant acme --propose',
    'shred --tenant acme --rows',
  );
  shred.action((flags: ShredFlags) =>
    withKeyring(context, (opened) => shredScope(context, opened, flags)),
  );

  const list = program.command('shreds').description('what was shredded, oldest first');
  withExamples(list, 'shreds --json > shreds.jsonl');
  list.action(() =>
    withKeyring(context, async ({ keyring, output }) => {
      const { Shreds } = await keyring.kms.listShreds();
      output.rows(['Tenant', 'Subject', 'ShredDate', 'Erased'], Shreds);
    }),
  );
}

async function shredScope(
  context: CommandContext,
  opened: Opened,
  flags: ShredFlags,
): Promise<void> {
  const { tenant, subject, dryRun, propose, rows, yes } = flags;
  const { keyring, output } = opened;
  const scope = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(subject === undefined ? {} : { subject }),
  };
  const request: ShredRequest = {
    ...(tenant === undefined ? {} : { Tenant: tenant }),
    ...(subject === undefined ? {} : { Subject: subject }),
  };
  if (propose === true) {
    await proposed({ keyring, output }, 'Shred', request);
    return;
  }

  /** For machines one object, whatever else is done. */
  async function show(result: ShredResult): Promise<void> {
    output.line(textOf(result));
    const cleared = rows === true ? await clearRows(context, opened, scope, flags) : undefined;
    if (output.isJson) output.result({ ...result, ...(cleared && { rows: cleared }) }, '');
  }

  // counts first, which also refuses what is no scope and whoever has no right to it
  const counted = await keyring.kms.shred({ ...request, DryRun: true });
  if (dryRun === true) {
    await show(counted);
    return;
  }
  const name = [tenant, subject].filter((part) => part !== undefined).join('/');
  const keys = `${counted.DataKeys} data keys and ${counted.IndexKeys} index keys`;
  const what = `${keys} of ${name} are destroyed; there is no way back`;
  if (!(await confirmByName(context, { what, name, yes }))) return;
  const done = await keyring.kms.shred(request);
  await show(done);
}

function textOf({ DataKeys, IndexKeys, KeyIdsDigest, NotCovered, DryRun }: ShredResult): string {
  const would = DryRun ? 'would be destroyed' : 'are destroyed';
  const counts = `${DataKeys} data keys and ${IndexKeys} index keys ${would} (${KeyIdsDigest}).`;
  return `${counts}\nNot reached: ${NotCovered.join(', ')}; docs/keys.md says until when.`;
}
