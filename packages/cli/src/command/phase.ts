import { createFieldCodec, type FieldPhase } from '@fieldseal/core';
import { Argument, type Command } from 'commander';
import { type CommandContext, withKeyring } from './context.ts';
import { fieldOf } from './field-of.ts';

const PHASES = ['plain', 'migrating', 'sealed', 'leaving'];

/** `fieldseal phase` shows the phase of a field, or moves it one step. */
export function addPhase(program: Command, context: CommandContext): void {
  program
    .command('phase')
    .description('show the phase of a field, or move it one step')
    .argument('<field>', 'Model.field')
    .addArgument(new Argument('[phase]', 'the phase that it is to have').choices(PHASES))
    .action((name: string, phase: FieldPhase | undefined) =>
      withKeyring(context, async ({ config, keyring, output }) => {
        const { manifest } = config;
        const { model, field } = fieldOf(manifest, name);
        const codec = createFieldCodec({ keyring, manifest });
        if (phase !== undefined) {
          // a field that no application has used yet is registered in the phase of its manifest
          await codec.register();
          await keyring.setPhase(field.id, phase);
        }
        const now = codec.phaseOf(model.name, field.name) ?? 'sealed';
        const stored = keyring.phaseOf(field.id) ?? null;
        const accepted = field.phase ?? 'sealed';
        const value = { field: name, phase: now, stored, accepted };
        const known =
          stored === null ? 'the key store does not know it yet' : `key store ${stored}`;
        output.result(value, `${name}: ${now} (${known}, manifest ${accepted})`);
      }),
    );
}
