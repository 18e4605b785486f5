import { createFieldCodec, type FieldPhase } from '@fieldseal/core';
import { Argument, type Command } from 'commander';
import { confirmByName } from '../prompt/confirm.ts';
import { proposed } from './approvals/propose.ts';
import { type CommandContext, type Opened, withKeyring } from './context.ts';
import { dangerous, type YesFlag } from './dangerous.ts';
import { fieldOf } from './field-of.ts';
import { withExamples } from './with-examples.ts';

const PHASES = ['plain', 'migrating', 'sealed', 'leaving'];

interface PhaseFlags extends YesFlag {
  readonly propose?: boolean;
}

/** `fieldseal phase` shows the phase of a field, or moves it one step. */
export function addPhase(program: Command, context: CommandContext): void {
  const command = program
    .command('phase')
    .description('show the phase of a field, or move it one step')
    .argument('<field>', 'Model.field')
    .addArgument(new Argument('[phase]', 'the phase that it is to have').choices(PHASES))
    .option('--propose', 'only propose the step, for an approver to sign');
  withExamples(
    dangerous(command),
    'phase Customer.aadhaar',
    'phase Customer.aadhaar sealed',
    'phase Customer.aadhaar leaving --propose',
  );
  command.action((name: string, phase: FieldPhase | undefined, flags: PhaseFlags) =>
    withKeyring(context, (opened) => showOrMove(context, opened, { name, phase, flags })),
  );
}

async function showOrMove(
  context: CommandContext,
  { config, keyring, output }: Opened,
  asked: { readonly name: string; readonly phase: FieldPhase | undefined; flags: PhaseFlags },
): Promise<void> {
  const { name, phase, flags } = asked;
  const { manifest } = config;
  const { model, field } = fieldOf(manifest, name);
  const codec = createFieldCodec({ keyring, manifest });
  if (phase !== undefined) {
    // a field that no application has used yet is registered in the phase of its manifest
    await codec.register();
    if (flags.propose === true) {
      const request = { FieldId: field.id, Phase: phase };
      await proposed({ keyring, output }, 'SetPhase', request);
      return;
    }
    const what = `Values of ${name} are accepted as plaintext that are refused now`;
    const isAsked = isLooser(keyring.phaseOf(field.id), phase);
    if (isAsked && !(await confirmByName(context, { what, name, yes: flags.yes }))) return;
    await keyring.setPhase(field.id, phase);
  }
  const now = codec.phaseOf(model.name, field.name) ?? 'sealed';
  const stored = keyring.phaseOf(field.id) ?? null;
  const accepted = field.phase ?? 'sealed';
  const value = { field: name, phase: now, stored, accepted };
  const known = stored === null ? 'the key store does not know it yet' : `key store ${stored}`;
  output.result(value, `${name}: ${now} (${known}, manifest ${accepted})`);
}

/** The steps of the way out; the way in leads to `migrating` from where more plaintext is accepted. */
function isLooser(from: FieldPhase | undefined, to: FieldPhase): boolean {
  if (from === to || to === 'sealed') return false;
  return to !== 'migrating' || from === 'sealed';
}
