import type { Command } from 'commander';
import { type CommandContext, withKeyring } from './context.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal rotate` gives a key a new version. */
export function addRotate(program: Command, context: CommandContext): void {
  const rotate = program
    .command('rotate')
    .description('give a key a new version: what is sealed from now on is under it')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(rotate, 'rotate alias/kyc', 'rotate alias/kyc --json');
  rotate.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const { keyId, version } = await keyring.rotateKey(name);
      output.result({ keyId, version }, `${name} seals with version ${version} from now on.`);
      output.line('Next, to move what is sealed already: fieldseal reencrypt Model.field');
    }),
  );
}
