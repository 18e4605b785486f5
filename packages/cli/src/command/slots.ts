import type { RootKeyRotation } from '@fieldseal/core';
import { rotateRootKey } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { confirmByName } from '../prompt/confirm.ts';
import { proposed } from './approvals/propose.ts';
import { wholeNumber } from './arguments.ts';
import { addSlotChanges } from './change-slots.ts';
import { type CommandContext, type Opened, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { withExamples } from './with-examples.ts';

interface RotateFlags extends YesFlag {
  readonly leaveOut?: readonly string[];
  readonly batchSize?: number;
  readonly propose?: boolean;
}

/** `fieldseal slots`. */
export function addSlots(program: Command, context: CommandContext): void {
  const slots = program.command('slots').description('ways to the root key');
  const list = slots.command('list').description('one line for each root that can open the store');
  withExamples(list, 'slots list', 'slots list --json');
  list.action(() =>
    withKeyring(context, async ({ keyring, output }) => {
      const columns = [
        'id',
        'kind',
        'mechanism',
        'label',
        'rootGeneration',
        'recovery',
        'testedAt',
      ];
      output.rows(
        columns,
        keyring.listSlots().map((slot) => ({ ...slot })),
      );
    }),
  );
  addSlotChanges(slots, context);

  const rotate = slots
    .command('rotate')
    .description('replace the root key, sealed anew by every root of the configuration')
    .option('--leave-out <slot>', 'id of a slot that gets no successor; once for each', collected)
    .option('--propose', 'only propose it, for an approver to sign')
    .option('--batch-size <versions>', 'versions that are moved together, 1 to 1,000', wholeNumber);
  withExamples(dangerous(rotate), 'slots rotate', 'slots rotate --leave-out <id of the old slot>');
  rotate.action(({ yes, leaveOut, batchSize, propose }: RotateFlags) =>
    withKeyring(context, async ({ config, keyring, output }) => {
      if (propose === true) return proposeRotation({ keyring, output }, leaveOut);
      const what = 'Every slot is replaced; backups of slots from before open no newer store';
      const name = config.keyring.environment;
      if (!(await confirmByName(context, { what, yes, name }))) return;
      let step = '';
      const report = await rotateRootKey({
        keyring,
        signal: context.signal,
        ...(leaveOut === undefined ? {} : { leaveOut }),
        ...(batchSize === undefined ? {} : { batchSize }),
        onProgress(progress) {
          const line = lineOf(progress);
          if (line !== step) context.streams.err.write(`${line}\n`);
          step = line;
        },
      });
      const { generation, rewrapped } = report;
      const text = `The root key is of generation ${generation}; ${rewrapped} key versions were moved.`;
      output.result({ ...report }, text);
      output.line(
        'Next, for a store whose root somebody may know: fieldseal rotate, then reencrypt',
      );
    }),
  );
}

async function proposeRotation(
  opened: Pick<Opened, 'keyring' | 'output'>,
  leaveOut: RotateFlags['leaveOut'],
): Promise<void> {
  await proposed(opened, 'RotateRootKey', leaveOut === undefined ? {} : { leaveOut });
  opened.output.line('Once it is signed, to go on: fieldseal slots rotate');
}

const collected = (id: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  id,
];

function lineOf({ state, left }: RootKeyRotation): string {
  if (state === 'published') return 'published: all processes open the new root key';
  return state === 'done' ? 'done' : `rewrapping: ${left} key versions left`;
}
