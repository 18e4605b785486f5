import { FieldsealError, type SlotDescription } from '@fieldseal/core';
import type { Command } from 'commander';
import { EXIT } from '../output/exit-code.ts';
import { confirmByName } from '../prompt/confirm.ts';
import { proposed } from './approvals/propose.ts';
import { type CommandContext, type Opened, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { withExamples } from './with-examples.ts';

interface AddFlags {
  readonly kind?: string;
  readonly label?: string;
}

interface RemoveFlags extends YesFlag {
  readonly propose?: boolean;
}

/** `fieldseal slots add`, `remove`, `test` and `export`. */
export function addSlotChanges(slots: Command, context: CommandContext): void {
  const add = slots
    .command('add')
    .description('let every root of the configuration open the store')
    .option('--kind <kind>', 'only roots of this kind, such as tpm')
    .option('--label <text>', 'where the device stands, for people');
  withExamples(add, 'slots add', "slots add --kind tpm --label 'rack 7'");
  add.action((flags: AddFlags) => withKeyring(context, (opened) => addSlots(opened, flags)));

  const remove = slots
    .command('remove <slot>')
    .description('take a slot away; this does not revoke it')
    .option('--propose', 'only propose it, for an approver to sign');
  withExamples(dangerous(remove), 'slots remove <id of the slot>');
  remove.action((slotId: string, { yes, propose }: RemoveFlags) =>
    withKeyring(context, async ({ config, keyring, output }) => {
      if (propose === true) return proposed({ keyring, output }, 'RemoveSlot', { slotId });
      const what = 'Its root opens the store no more, but every backup that holds the slot';
      const name = config.keyring.environment;
      if (!(await confirmByName(context, { what, yes, name }))) return;
      const removed = await keyring.removeSlot({ slotId });
      output.result({ ...removed }, `removed ${slotId}`);
      output.line('This revokes nothing: backups hold the slot, and the root key in it is in use.');
      output.line('Where somebody may have its root and a backup: fieldseal slots rotate');
    }),
  );

  const exported = slots
    .command('export')
    .description('lines of all slots, to be kept elsewhere: for slotsFrom of the configuration');
  withExamples(exported, 'slots export > /secure/slots.jsonl');
  exported.action(() =>
    withKeyring(context, async ({ keyring }) => {
      for (const line of keyring.exportSlots()) context.streams.out.write(`${line}\n`);
    }),
  );

  const test = slots
    .command('test [slot]')
    .description('open a slot, or each, and keep the date in it')
    .addHelpText(
      'after',
      '\nEvery slot is to be tested twice a year; doctor says when one is due.',
    );
  withExamples(test, 'slots test', 'slots test <id of the slot>');
  test.action((slotId?: string) =>
    withKeyring(context, async (opened) => {
      if (!(await testSlots(opened, slotId))) context.exit(EXIT.found);
    }),
  );
}

async function addSlots({ config, keyring, output }: Opened, flags: AddFlags): Promise<void> {
  const { kind: wanted, label } = flags;
  const roots = config.keyring.roots.filter(({ kind }) => wanted === undefined || kind === wanted);
  if (roots.length === 0) {
    const message = 'The configuration has no root of this kind';
    throw new FieldsealError('ERR_REQUEST_INVALID', message, { option: 'kind' });
  }
  for (const root of roots) {
    const made = await keyring.addSlot({ root, ...(label === undefined ? {} : { label }) });
    const { slotId, added } = made;
    const text = added ? `added ${slotId}` : `has a slot already: ${slotId}`;
    output.result({ kind: root.kind, ...made }, `${root.kind}: ${text}`);
  }
}

/** @returns whether each of them opened */
async function testSlots(
  { keyring, output }: Opened,
  slotId: string | undefined,
): Promise<boolean> {
  const slots = keyring.listSlots();
  const asked = slotId === undefined ? slots.map(({ id }) => id) : [slotId];
  let isSound = true;
  for (const id of asked) {
    const { shown, text } = await tested(keyring, id);
    isSound &&= shown.opened;
    output.result(shown, `${id}: ${text}`);
  }
  return isSound;
}

type Tested = Pick<SlotDescription, 'id'> & { readonly opened: boolean; readonly code?: string };

async function tested(
  keyring: Opened['keyring'],
  id: string,
): Promise<{ readonly shown: Tested; readonly text: string }> {
  try {
    const { kind } = await keyring.testSlot({ slotId: id });
    return { shown: { id, opened: true }, text: `${kind} opens it` };
  } catch (error) {
    const code = error instanceof FieldsealError ? error.code : undefined;
    // of one slot; what is wrong with all of them, such as a missing right, ends the command
    if (code === undefined || !OF_ONE_SLOT.has(code)) throw error;
    return { shown: { id, opened: false, code }, text: `was not opened: ${code}` };
  }
}

const OF_ONE_SLOT: ReadonlySet<string> = new Set([
  'ERR_WRONG_ROOT',
  'ERR_ROOT_UNAVAILABLE',
  'ERR_ROOT_REFUSED',
]);
