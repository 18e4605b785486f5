import type { Keyring } from '@fieldseal/core';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages.ts';
import { wholeNumber } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

interface RotationFlags {
  readonly every?: number;
  readonly off?: boolean;
}

/** `fieldseal keys rotate`, `keys rotation` and `keys rotations`. */
export function addKeyRotation(keys: Command, context: CommandContext): void {
  const rotate = keys
    .command('rotate')
    .description('give a key a new version that takes over once all processes can see it')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(rotate, 'keys rotate alias/kyc');
  rotate.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const rotated = await keyring.kms.rotateKeyOnDemand({ KeyId: keyIdOf(keyring, name) });
      output.result(rotated, `${name} has a new version, which takes over by itself.`);
      output.line(`To see when: fieldseal keys rotation ${name}`);
    }),
  );

  const rotation = keys
    .command('rotation')
    .description('show whether a key rotates by itself, or change that')
    .argument('<key>', 'alias/name or the id of a key')
    .addOption(
      new Option('--every <days>', 'rotate by itself, 90 to 2560')
        .argParser(wholeNumber)
        .conflicts('off'),
    )
    .option('--off', 'do not rotate by itself any more');
  withExamples(
    rotation,
    'keys rotation alias/kyc',
    'keys rotation alias/kyc --every 365',
    'keys rotation alias/kyc --off',
  );
  rotation.action((name: string, flags: RotationFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      await changeRotation(keyring, KeyId, flags);
      output.properties(await keyring.kms.getKeyRotationStatus({ KeyId }));
    }),
  );

  const rotations = keys
    .command('rotations')
    .description('when a key rotated, newest first, and which materials it has')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(rotations, 'keys rotations alias/kyc');
  rotations.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      const found = await allPages(
        (page) =>
          keyring.kms.listKeyRotations({ ...page, KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
        ({ Rotations }) => Rotations,
      );
      const columns = ['KeyMaterialId', 'KeyMaterialState', 'RotationDate', 'RotationType'];
      output.rows([...columns, 'ImportState', 'ValidTo'], found);
    }),
  );
}

async function changeRotation(
  { kms }: Keyring,
  KeyId: string,
  { every, off }: RotationFlags,
): Promise<void> {
  if (off === true) await kms.disableKeyRotation({ KeyId });
  if (every !== undefined) await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: every });
}
