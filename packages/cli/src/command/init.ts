import { initKeyStore } from '@fieldseal/core';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { type CommandContext, outputOf } from './context.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal init` makes the key store ready and prints its pin. */
export function addInit(program: Command, context: CommandContext): void {
  const init = program
    .command('init')
    .description('make the key store ready, and print the pin that opens it')
    .option('--accept-loss <reason>', 'why all data may be lost with one root');
  withExamples(init, 'init', 'init --json > pin.json');
  init.action(async ({ acceptLoss }: { readonly acceptLoss?: string }) => {
    const { keyring } = await loadConfig(context.options().config);
    const { store, roots, environment, development, anchor, engine, random, clock } = keyring;
    const { pin } = await initKeyStore({
      store,
      roots,
      environment,
      ...(acceptLoss === undefined ? {} : { acceptLoss }),
      ...(development === undefined ? {} : { development }),
      ...(anchor === undefined ? {} : { anchor }),
      ...(engine === undefined ? {} : { engine }),
      ...(random === undefined ? {} : { random }),
      ...(clock === undefined ? {} : { clock }),
    });
    await store.close();
    const advice = 'Put it into the configuration of the application, outside the database.';
    outputOf(context).result({ pin }, `pin: ${pin}\n${advice}`);
  });
}
